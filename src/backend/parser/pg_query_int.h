/* pg_query_int.h - libpg_query's header without its version macros, which are not ours */
#ifndef PARSER_PG_QUERY_INT_H
#define PARSER_PG_QUERY_INT_H

#include "base/base.h"

#pragma push_macro("PG_VERSION_NUM")
#pragma push_macro("PG_MAJORVERSION")
#undef PG_VERSION_NUM
#undef PG_MAJORVERSION
#include <pg_query.h>
#undef PG_VERSION_NUM
#undef PG_MAJORVERSION
#pragma pop_macro("PG_VERSION_NUM")
#pragma pop_macro("PG_MAJORVERSION")

#endif
