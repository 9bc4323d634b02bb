/* lookup_int.h - the catalog lookups that analysis uses, in one include */
#ifndef PARSER_LOOKUP_INT_H
#define PARSER_LOOKUP_INT_H

#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "catalog/typcache.h"
#include "catalog/user.h"
#include "parser/stack_depth.h"

#ifndef C_COLLATION_OID
#define C_COLLATION_OID 950
#endif
#ifndef DEFAULT_COLLATION_OID
#define DEFAULT_COLLATION_OID 100
#endif

#define IsPolymorphicType(t)                                                                       \
    ((t) == ANYELEMENTOID || (t) == ANYARRAYOID || (t) == ANYNONARRAYOID || (t) == ANYENUMOID ||   \
     (t) == ANYRANGEOID || (t) == ANYMULTIRANGEOID || IsPolymorphicTypeFamily2(t))
#define IsPolymorphicTypeFamily2(t)                                                                \
    ((t) == ANYCOMPATIBLEOID || (t) == ANYCOMPATIBLEARRAYOID || (t) == ANYCOMPATIBLENONARRAYOID || \
     (t) == ANYCOMPATIBLERANGEOID || (t) == ANYCOMPATIBLEMULTIRANGEOID)

#endif
