/*
 * tupdesc.c - row descriptors: making, copying, comparing, and where columns lie
 *
 * Invariants TD1. fixed_count is -1 or the number of leading columns whose attcacheoff is right;
 *                 all later columns have attcacheoff -1.
 * Errors     XX000 for an unknown type; else cannot fail.
 */
#include "base/base.h"
#include "error/error.h"
#include "error/resowner.h"
#include "heap/tupdesc.h"
#include "heap/tuple.h"
#include "memory/memory.h"

#define TUPDESC_RECORDOID 2249

bool (*tupdesc_type_hook)(Oid type, TupdescType *ret_type);

/* Types that a descriptor may need before there is a catalogue. */
static const struct {
    Oid type;
    TupdescType shape;
} builtin_types[] = {
    {16, {1, true, 'c', 'p', 0}},    {17, {-1, false, 'i', 'x', 0}},
    {18, {1, true, 'c', 'p', 0}},    {19, {64, false, 'c', 'p', 950}},
    {20, {8, true, 'd', 'p', 0}},    {21, {2, true, 's', 'p', 0}},
    {22, {-1, false, 'i', 'p', 0}},  {23, {4, true, 'i', 'p', 0}},
    {24, {4, true, 'i', 'p', 0}},    {25, {-1, false, 'i', 'x', 100}},
    {26, {4, true, 'i', 'p', 0}},    {27, {6, false, 's', 'p', 0}},
    {28, {8, true, 'd', 'p', 0}},    {29, {4, true, 'i', 'p', 0}},
    {30, {-1, false, 'i', 'p', 0}},  {700, {4, true, 'i', 'p', 0}},
    {701, {8, true, 'd', 'p', 0}},   {1009, {-1, false, 'i', 'x', 100}},
    {1114, {8, true, 'd', 'p', 0}},  {1184, {8, true, 'd', 'p', 0}},
    {1028, {-1, false, 'i', 'x', 0}}, {3220, {8, true, 'd', 'p', 0}},
};

void
tupdesc_prepare(TupleDesc desc)
{
    int32 offset = 0;
    int i;

    for (i = 0; i < desc->natts && offset >= 0; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);
        att->attcacheoff = offset;
        offset = att->attlen > 0 ? offset + att->attlen : -1;
    }
    desc->fixed_count = i;
    for (; i < desc->natts; i++)
        TupleDescAttr(desc, i)->attcacheoff = -1;
}

TupleDesc
CreateTemplateTupleDesc(int natts)
{
    TupleDesc desc = palloc0(offsetof(TupleDescData, attrs) +
                             Max(natts, 1) * sizeof(FormData_pg_attribute));

    desc->natts = natts;
    desc->tdtypeid = TUPDESC_RECORDOID;
    desc->tdtypmod = -1;
    desc->tdrefcount = -1;
    desc->fixed_count = -1;
    return desc;
}

TupleDesc
CreateTupleDesc(int natts, Form_pg_attribute *attrs)
{
    TupleDesc desc = CreateTemplateTupleDesc(natts);

    for (int i = 0; i < natts; i++)
        desc->attrs[i] = *attrs[i];
    return desc;
}

void
TupleDescCopy(TupleDesc dst, TupleDesc src)
{
    memcpy(dst->attrs, src->attrs, src->natts * sizeof(FormData_pg_attribute));
    dst->natts = src->natts;
    dst->constr = NULL;
    for (int i = 0; i < dst->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(dst, i);
        att->attnotnull = false;
        att->atthasdef = false;
        att->atthasmissing = false;
        att->attidentity = '\0';
        att->attgenerated = '\0';
    }
    dst->tdtypeid = src->tdtypeid;
    dst->tdtypmod = src->tdtypmod;
    dst->tdrefcount = -1;
    dst->fixed_count = -1;
}

TupleDesc
CreateTupleDescCopy(TupleDesc src)
{
    TupleDesc desc = CreateTemplateTupleDesc(src->natts);

    TupleDescCopy(desc, src);
    return desc;
}

static TupleConstr *
copy_constraints(TupleDesc src)
{
    TupleConstr *from = src->constr, *to = palloc0(sizeof(TupleConstr));

    *to = *from;
    if (from->num_defval > 0) {
        to->defval = palloc(from->num_defval * sizeof(AttrDefault));
        for (int i = 0; i < from->num_defval; i++) {
            to->defval[i].adnum = from->defval[i].adnum;
            to->defval[i].adbin = pstrdup(from->defval[i].adbin);
        }
    }
    if (from->num_check > 0) {
        to->check = palloc(from->num_check * sizeof(ConstrCheck));
        for (int i = 0; i < from->num_check; i++) {
            to->check[i] = from->check[i];
            to->check[i].ccname = pstrdup(from->check[i].ccname);
            to->check[i].ccbin = pstrdup(from->check[i].ccbin);
        }
    }
    if (from->missing != NULL) {
        to->missing = palloc0(src->natts * sizeof(AttrMissing));
        for (int i = 0; i < src->natts; i++) {
            Form_pg_attribute att = TupleDescAttr(src, i);
            to->missing[i].am_present = from->missing[i].am_present;
            if (from->missing[i].am_present)
                to->missing[i].am_value =
                    datumCopy(from->missing[i].am_value, att->attbyval, att->attlen);
        }
    }
    return to;
}

TupleDesc
CreateTupleDescCopyConstr(TupleDesc src)
{
    TupleDesc desc = CreateTemplateTupleDesc(src->natts);

    memcpy(desc->attrs, src->attrs, src->natts * sizeof(FormData_pg_attribute));
    desc->tdtypeid = src->tdtypeid;
    desc->tdtypmod = src->tdtypmod;
    if (src->constr != NULL)
        desc->constr = copy_constraints(src);
    return desc;
}

void
TupleDescCopyEntry(TupleDesc dst, AttrNumber dst_attno, TupleDesc src, AttrNumber src_attno)
{
    Form_pg_attribute to = TupleDescAttr(dst, dst_attno - 1);

    Assert(dst_attno >= 1 && dst_attno <= dst->natts);
    Assert(src_attno >= 1 && src_attno <= src->natts);
    *to = *TupleDescAttr(src, src_attno - 1);
    to->attnum = dst_attno;
    to->attcacheoff = -1;
    to->attnotnull = false;
    to->atthasdef = false;
    to->atthasmissing = false;
    to->attidentity = '\0';
    to->attgenerated = '\0';
    tupdesc_changed(dst);
}

void
FreeTupleDesc(TupleDesc desc)
{
    TupleConstr *constr = desc->constr;

    Assert(desc->tdrefcount <= 0);
    if (constr != NULL) {
        for (int i = 0; i < constr->num_defval; i++)
            pfree(constr->defval[i].adbin);
        for (int i = 0; i < constr->num_check; i++) {
            pfree(constr->check[i].ccname);
            pfree(constr->check[i].ccbin);
        }
        if (constr->num_defval > 0)
            pfree(constr->defval);
        if (constr->num_check > 0)
            pfree(constr->check);
        if (constr->missing != NULL) {
            for (int i = 0; i < desc->natts; i++)
                if (constr->missing[i].am_present && !TupleDescAttr(desc, i)->attbyval)
                    pfree(DatumGetPointer(constr->missing[i].am_value));
            pfree(constr->missing);
        }
        pfree(constr);
    }
    pfree(desc);
}

static bool
equal_attribute(const FormData_pg_attribute *a, const FormData_pg_attribute *b)
{
    return strcmp(NameStr(a->attname), NameStr(b->attname)) == 0 && a->atttypid == b->atttypid &&
           a->attstattarget == b->attstattarget && a->attlen == b->attlen &&
           a->attndims == b->attndims && a->atttypmod == b->atttypmod &&
           a->attbyval == b->attbyval && a->attalign == b->attalign &&
           a->attstorage == b->attstorage && a->attcompression == b->attcompression &&
           a->attnotnull == b->attnotnull && a->atthasdef == b->atthasdef &&
           a->attidentity == b->attidentity && a->attgenerated == b->attgenerated &&
           a->attisdropped == b->attisdropped && a->attislocal == b->attislocal &&
           a->attinhcount == b->attinhcount && a->attcollation == b->attcollation;
}

static bool
equal_constraints(TupleDesc a, TupleDesc b)
{
    TupleConstr *x = a->constr, *y = b->constr;

    if (x == NULL || y == NULL)
        return x == y;
    if (x->has_not_null != y->has_not_null ||
        x->has_generated_stored != y->has_generated_stored || x->num_defval != y->num_defval ||
        x->num_check != y->num_check || (x->missing == NULL) != (y->missing == NULL))
        return false;
    for (int i = 0; i < x->num_defval; i++)
        if (x->defval[i].adnum != y->defval[i].adnum ||
            strcmp(x->defval[i].adbin, y->defval[i].adbin) != 0)
            return false;
    for (int i = 0; i < x->num_check; i++)
        if (strcmp(x->check[i].ccname, y->check[i].ccname) != 0 ||
            strcmp(x->check[i].ccbin, y->check[i].ccbin) != 0 ||
            x->check[i].ccvalid != y->check[i].ccvalid ||
            x->check[i].ccnoinherit != y->check[i].ccnoinherit)
            return false;
    for (int i = 0; x->missing != NULL && i < a->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(a, i);
        if (x->missing[i].am_present != y->missing[i].am_present ||
            (x->missing[i].am_present &&
             !datumIsEqual(x->missing[i].am_value, y->missing[i].am_value, att->attbyval,
                           att->attlen)))
            return false;
    }
    return true;
}

bool
equalTupleDescs(TupleDesc a, TupleDesc b)
{
    if (a->natts != b->natts || a->tdtypeid != b->tdtypeid)
        return false;
    for (int i = 0; i < a->natts; i++)
        if (!equal_attribute(TupleDescAttr(a, i), TupleDescAttr(b, i)))
            return false;
    return equal_constraints(a, b);
}

/* --- references --- */

static void
release_reference(Datum res)
{
    TupleDesc desc = (TupleDesc) DatumGetPointer(res);

    Assert(desc->tdrefcount > 0);
    if (--desc->tdrefcount == 0)
        FreeTupleDesc(desc);
}

static const ResourceOwnerDesc tupdesc_resource = {
    .name = "tupdesc reference",
    .release_phase = RESOURCE_RELEASE_AFTER_LOCKS,
    .release_priority = RELEASE_PRIO_TUPDESC_REFS,
    .ReleaseResource = release_reference,
};

void
IncrTupleDescRefCount(TupleDesc desc)
{
    Assert(desc->tdrefcount >= 0);
    ResourceOwnerEnlarge(CurrentResourceOwner);
    desc->tdrefcount++;
    ResourceOwnerRemember(CurrentResourceOwner, PointerGetDatum(desc), &tupdesc_resource);
}

void
DecrTupleDescRefCount(TupleDesc desc)
{
    Assert(desc->tdrefcount > 0);
    ResourceOwnerForget(CurrentResourceOwner, PointerGetDatum(desc), &tupdesc_resource);
    release_reference(PointerGetDatum(desc));
}

/* --- entries --- */

static bool
builtin_type(Oid type, TupdescType *ret_type)
{
    for (size_t i = 0; i < lengthof(builtin_types); i++)
        if (builtin_types[i].type == type) {
            *ret_type = builtin_types[i].shape;
            return true;
        }
    return false;
}

static void
init_entry(TupleDesc desc, AttrNumber attno, const char *name, Oid type, int32 typmod, int attdim,
           const TupdescType *shape)
{
    Form_pg_attribute att = TupleDescAttr(desc, attno - 1);

    Assert(attno >= 1 && attno <= desc->natts);
    memset(att, 0, sizeof(*att));
    if (name != NULL)
        namestrcpy(&att->attname, name);
    att->atttypid = type;
    att->attstattarget = -1;
    att->attlen = shape->typlen;
    att->attnum = attno;
    att->attndims = attdim;
    att->attcacheoff = -1;
    att->atttypmod = typmod;
    att->attbyval = shape->typbyval;
    att->attalign = shape->typalign;
    att->attstorage = shape->typstorage;
    att->attislocal = true;
    att->attcollation = shape->typcollation;
    tupdesc_changed(desc);
}

void
TupleDescInitEntry(TupleDesc desc, AttrNumber attno, const char *name, Oid type, int32 typmod,
                   int attdim)
{
    TupdescType shape;

    if (!(tupdesc_type_hook != NULL && tupdesc_type_hook(type, &shape)) &&
        !builtin_type(type, &shape))
        elog(ERROR, "cache lookup failed for type %u", type);
    init_entry(desc, attno, name, type, typmod, attdim, &shape);
}

void
TupleDescInitBuiltinEntry(TupleDesc desc, AttrNumber attno, const char *name, Oid type,
                          int32 typmod, int attdim)
{
    TupdescType shape;

    if (!builtin_type(type, &shape))
        elog(ERROR, "unsupported type %u", type);
    init_entry(desc, attno, name, type, typmod, attdim, &shape);
}

void
TupleDescInitEntryCollation(TupleDesc desc, AttrNumber attno, Oid collation)
{
    TupleDescAttr(desc, attno - 1)->attcollation = collation;
}
