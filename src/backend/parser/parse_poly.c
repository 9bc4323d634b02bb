/*
 * parse_poly.c - polymorphic argument and result types
 *
 * Why        two families: `any*` wants one element type exactly, `anycompatible*` finds a common
 *            type as UNION does. One pass collects what the actual types say about each family; the
 *            second gives every declared polymorphic type its actual one.
 */
#include "parse_int.h"

typedef struct PolyFacts {
    Oid element;    /* anyelement, anynonarray, anyenum */
    Oid array;      /* anyarray */
    Oid range;      /* anyrange */
    bool have_poly; /* some argument of the first family, known or not */
    Oid compatible[FUNC_MAX_ARGS];
    int compatible_count;
    bool have_compatible;
    Oid compatible_range;
    bool need_nonarray;
    bool need_enum;
    bool compatible_nonarray;
} PolyFacts;

static Oid
range_element_type(Oid range)
{
    /* range subtypes live in pg_range, which has no built-in rows yet */
    return InvalidOid;
}

static bool
same_or_first(Oid *slot, Oid type)
{
    if (OidIsValid(*slot) && *slot != type)
        return false;
    *slot = type;
    return true;
}

/* The common type of the compatible family's members, by the rules of UNION; 0 if none. */
static Oid
common_of_types(const Oid *types, int count)
{
    List *exprs = NIL;

    for (int i = 0; i < count; i++)
    {
        CaseTestExpr *stand_in = makeNode(CaseTestExpr);

        stand_in->typeId = types[i];
        stand_in->typeMod = -1;
        exprs = lappend(exprs, stand_in);
    }
    return exprs == NIL ? InvalidOid : select_common_type(NULL, exprs, NULL, NULL);
}

/* False where the actual types contradict each other. */
static bool
collect_facts(const Oid *actual, const Oid *declared, int nargs, PolyFacts *facts)
{
    memset(facts, 0, sizeof(PolyFacts));
    for (int i = 0; i < nargs; i++)
    {
        Oid type = actual[i];
        Oid element;

        switch (declared[i])
        {
            case ANYELEMENTOID:
            case ANYNONARRAYOID:
            case ANYENUMOID:
                facts->have_poly = true;
                facts->need_nonarray = facts->need_nonarray || declared[i] == ANYNONARRAYOID;
                facts->need_enum = facts->need_enum || declared[i] == ANYENUMOID;
                if (type != UNKNOWNOID && !same_or_first(&facts->element, type))
                    return false;
                break;
            case ANYARRAYOID:
                facts->have_poly = true;
                if (type == UNKNOWNOID)
                    break;
                if (!same_or_first(&facts->array, getBaseType(type)))
                    return false;
                break;
            case ANYRANGEOID:
            case ANYMULTIRANGEOID:
                facts->have_poly = true;
                if (type != UNKNOWNOID && !same_or_first(&facts->range, getBaseType(type)))
                    return false;
                break;
            case ANYCOMPATIBLEOID:
            case ANYCOMPATIBLENONARRAYOID:
                facts->have_compatible = true;
                facts->compatible_nonarray =
                    facts->compatible_nonarray || declared[i] == ANYCOMPATIBLENONARRAYOID;
                if (type != UNKNOWNOID)
                    facts->compatible[facts->compatible_count++] = type;
                break;
            case ANYCOMPATIBLEARRAYOID:
                facts->have_compatible = true;
                if (type == UNKNOWNOID)
                    break;
                element = get_element_type(getBaseType(type));
                if (!OidIsValid(element))
                    return false;
                facts->compatible[facts->compatible_count++] = element;
                break;
            case ANYCOMPATIBLERANGEOID:
            case ANYCOMPATIBLEMULTIRANGEOID:
                facts->have_compatible = true;
                if (type != UNKNOWNOID && !same_or_first(&facts->compatible_range, type))
                    return false;
                break;
            default:
                break;
        }
    }
    return true;
}

bool
check_generic_type_consistency(const Oid *actual, const Oid *declared, int nargs)
{
    PolyFacts facts;

    if (nargs > FUNC_MAX_ARGS || !collect_facts(actual, declared, nargs, &facts))
        return false;
    if (OidIsValid(facts.array))
    {
        Oid element = get_element_type(facts.array);

        if (facts.array == ANYARRAYOID)
            return true;
        if (!OidIsValid(element))
            return false;
        if (OidIsValid(facts.element) && facts.element != element)
            return false;
        facts.element = element;
    }
    if (OidIsValid(facts.range) && !type_is_range(facts.range))
        return false;
    if (facts.need_nonarray && OidIsValid(get_element_type(facts.element)))
        return false;
    if (facts.need_enum && OidIsValid(facts.element) && !type_is_enum(facts.element))
        return false;
    if (facts.compatible_count > 0)
    {
        Oid common = common_of_types(facts.compatible, facts.compatible_count);

        if (!OidIsValid(common))
            return false;
        for (int i = 0; i < facts.compatible_count; i++)
        {
            if (!can_coerce_type(1, &facts.compatible[i], &common, COERCION_IMPLICIT))
                return false;
        }
        if (facts.compatible_nonarray && OidIsValid(get_element_type(common)))
            return false;
    }
    return true;
}

static void
report_mismatch(const char *what)
{
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("%s", what)));
}

static Oid
array_of(Oid element)
{
    Oid array = get_array_type(element);

    if (!OidIsValid(array))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("could not find array type for data type %s",
                               format_type_be(element))));
    return array;
}

static void
resolve_first_family(PolyFacts *facts, bool allow_poly)
{
    if (OidIsValid(facts->array))
    {
        Oid element = facts->array == ANYARRAYOID ? ANYELEMENTOID : get_element_type(facts->array);

        if (!OidIsValid(element))
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("argument declared %s is not an array but type %s", "anyarray",
                                   format_type_be(facts->array))));
        if (OidIsValid(facts->element) && facts->element != element && element != ANYELEMENTOID)
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("argument declared %s is not consistent with argument declared "
                                   "%s",
                                   "anyarray", "anyelement"),
                            errdetail("%s versus %s", format_type_be(facts->array),
                                      format_type_be(facts->element))));
        if (!OidIsValid(facts->element))
            facts->element = element;
    }
    if (OidIsValid(facts->range) && !OidIsValid(facts->element))
        facts->element = range_element_type(facts->range);
    if (!OidIsValid(facts->element) && !OidIsValid(facts->range) && facts->have_poly)
    {
        if (allow_poly)
        {
            facts->element = ANYELEMENTOID;
            facts->array = ANYARRAYOID;
        }
        else
            report_mismatch("could not determine polymorphic type because input has type unknown");
    }
    if (facts->need_nonarray && OidIsValid(get_element_type(facts->element)))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("type matched to anynonarray is an array type: %s",
                               format_type_be(facts->element))));
    if (facts->need_enum && !type_is_enum(facts->element))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("type matched to anyenum is not an enum type: %s",
                               format_type_be(facts->element))));
}

static Oid
actual_of(Oid declared, PolyFacts *facts, Oid compatible)
{
    switch (declared)
    {
        case ANYELEMENTOID:
        case ANYNONARRAYOID:
        case ANYENUMOID:
            return facts->element;
        case ANYARRAYOID:
            if (OidIsValid(facts->array))
                return facts->array;
            return array_of(facts->element);
        case ANYRANGEOID:
        case ANYMULTIRANGEOID:
            return facts->range;
        case ANYCOMPATIBLEOID:
        case ANYCOMPATIBLENONARRAYOID:
            return compatible;
        case ANYCOMPATIBLEARRAYOID:
            return array_of(compatible);
        case ANYCOMPATIBLERANGEOID:
        case ANYCOMPATIBLEMULTIRANGEOID:
            return facts->compatible_range;
        default:
            return declared;
    }
}

/* Replaces polymorphic members of declared[] by actual types; returns the actual result type. */
Oid
enforce_generic_type_consistency(const Oid *actual, Oid *declared, int nargs, Oid rettype,
                                 bool allow_poly)
{
    PolyFacts facts;
    Oid compatible = InvalidOid;
    bool any = IsPolymorphicType(rettype);

    for (int i = 0; i < nargs; i++)
        any = any || IsPolymorphicType(declared[i]);
    if (!any)
        return rettype;
    if (!collect_facts(actual, declared, nargs, &facts))
        report_mismatch("arguments declared \"anyelement\" are not all alike");
    if (facts.have_poly)
        resolve_first_family(&facts, allow_poly);
    if (facts.have_compatible)
    {
        compatible = common_of_types(facts.compatible, facts.compatible_count);
        if (!OidIsValid(compatible))
        {
            if (facts.compatible_count > 0)
                report_mismatch("arguments of anycompatible family cannot be cast to a common "
                                "type");
            compatible = TEXTOID;
        }
    }
    for (int i = 0; i < nargs; i++)
    {
        if (IsPolymorphicType(declared[i]))
            declared[i] = actual_of(declared[i], &facts, compatible);
    }
    if (!IsPolymorphicType(rettype))
        return rettype;
    rettype = actual_of(rettype, &facts, compatible);
    if (!OidIsValid(rettype))
        report_mismatch("could not determine polymorphic type because input has type unknown");
    return rettype;
}
