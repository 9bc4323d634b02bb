/*
 * list.c - growing arrays of pointers, integers or OIDs
 *
 * Why        one chunk holds header and first cells; a list that outgrows them moves its cells to
 *            a chunk of their own, so that the header's address stays good.
 * Invariants L1. a list that is not NIL has at least one cell.
 *            L2. elements is initial_elements or a chunk in the header's context.
 */
#include "memory/list.h"

#include "base/bytes.h"

#define HEADER_CELLS (offsetof(List, initial_elements) / sizeof(ListCell) + 1)

#define IsPointerList(l) ((l) == NIL || (l)->type == T_List)
#define IsIntegerList(l) ((l) == NIL || (l)->type == T_IntList)
#define IsOidList(l) ((l) == NIL || (l)->type == T_OidList)
#define check_list(l) Assert((l) == NIL || ((l)->length > 0 && (l)->length <= (l)->max_length))

/* Sized so that header and cells fill a power of two. */
static List *
new_list(NodeTag type, int length)
{
    Assert(length > 0);
    int cells = (int) pg_nextpower2_32((uint32) Max(8, length + (int) HEADER_CELLS)) -
                (int) HEADER_CELLS;
    List *list = palloc(offsetof(List, initial_elements) + (Size) cells * sizeof(ListCell));
    list->type = type;
    list->length = length;
    list->max_length = cells;
    list->elements = list->initial_elements;
    return list;
}

static void
enlarge_list(List *list, int min_size)
{
    int cells = (int) pg_nextpower2_32((uint32) Max(16, min_size));
    Size size = (Size) cells * sizeof(ListCell);
    if (list->elements == list->initial_elements)
    {
        list->elements = MemoryContextAlloc(GetMemoryChunkContext(list), size);
        memcpy(list->elements, list->initial_elements, (Size) list->length * sizeof(ListCell));
    }
    else
        list->elements = repalloc(list->elements, size);
    list->max_length = cells;
}

List *
list_make1_impl(NodeTag t, ListCell d1)
{
    List *list = new_list(t, 1);
    list->elements[0] = d1;
    return list;
}

List *
list_make2_impl(NodeTag t, ListCell d1, ListCell d2)
{
    List *list = new_list(t, 2);
    list->elements[0] = d1;
    list->elements[1] = d2;
    return list;
}

List *
list_make3_impl(NodeTag t, ListCell d1, ListCell d2, ListCell d3)
{
    List *list = new_list(t, 3);
    list->elements[0] = d1;
    list->elements[1] = d2;
    list->elements[2] = d3;
    return list;
}

List *
list_make4_impl(NodeTag t, ListCell d1, ListCell d2, ListCell d3, ListCell d4)
{
    List *list = new_list(t, 4);
    list->elements[0] = d1;
    list->elements[1] = d2;
    list->elements[2] = d3;
    list->elements[3] = d4;
    return list;
}

/* ---- adding ---- */

static List *
insert_cell(List *list, NodeTag type, int position, ListCell cell)
{
    check_list(list);
    if (list == NIL)
    {
        Assert(position == 0);
        return list_make1_impl(type, cell);
    }
    Assert(list->type == type && position >= 0 && position <= list->length);
    if (list->length >= list->max_length)
        enlarge_list(list, list->length + 1);
    if (position < list->length)
        memmove(&list->elements[position + 1], &list->elements[position],
                (Size) (list->length - position) * sizeof(ListCell));
    list->elements[position] = cell;
    list->length++;
    return list;
}

List *
lappend(List *list, void *datum)
{
    return insert_cell(list, T_List, list_length(list), list_make_ptr_cell(datum));
}

List *
lappend_int(List *list, int datum)
{
    return insert_cell(list, T_IntList, list_length(list), list_make_int_cell(datum));
}

List *
lappend_oid(List *list, Oid datum)
{
    return insert_cell(list, T_OidList, list_length(list), list_make_oid_cell(datum));
}

List *
lcons(void *datum, List *list)
{
    return insert_cell(list, T_List, 0, list_make_ptr_cell(datum));
}

List *
lcons_int(int datum, List *list)
{
    return insert_cell(list, T_IntList, 0, list_make_int_cell(datum));
}

List *
lcons_oid(Oid datum, List *list)
{
    return insert_cell(list, T_OidList, 0, list_make_oid_cell(datum));
}

List *
list_insert_nth(List *list, int pos, void *datum)
{
    return insert_cell(list, T_List, pos, list_make_ptr_cell(datum));
}

List *
list_insert_nth_int(List *list, int pos, int datum)
{
    return insert_cell(list, T_IntList, pos, list_make_int_cell(datum));
}

List *
list_insert_nth_oid(List *list, int pos, Oid datum)
{
    return insert_cell(list, T_OidList, pos, list_make_oid_cell(datum));
}

List *
list_concat(List *list1, const List *list2)
{
    check_list(list1);
    check_list(list2);
    if (list1 == NIL)
        return list_copy(list2);
    if (list2 == NIL)
        return list1;
    Assert(list1->type == list2->type);
    int added = list2->length; /* list2 may be list1 */
    if (list1->length + added > list1->max_length)
        enlarge_list(list1, list1->length + added);
    memcpy(&list1->elements[list1->length], list2->elements, (Size) added * sizeof(ListCell));
    list1->length += added;
    return list1;
}

List *
list_concat_copy(const List *list1, const List *list2)
{
    if (list1 == NIL)
        return list_copy(list2);
    if (list2 == NIL)
        return list_copy(list1);
    Assert(list1->type == list2->type);
    List *result = new_list(list1->type, list1->length + list2->length);
    memcpy(result->elements, list1->elements, (Size) list1->length * sizeof(ListCell));
    memcpy(&result->elements[list1->length], list2->elements,
           (Size) list2->length * sizeof(ListCell));
    return result;
}

List *
list_truncate(List *list, int new_size)
{
    if (new_size <= 0)
        return NIL;
    if (list != NIL && new_size < list->length)
        list->length = new_size;
    return list;
}

/* ---- finding: the index of the first equal cell, or -1 ---- */

static int
find_equal(const List *list, const void *datum)
{
    Assert(IsPointerList(list));
    for (int i = 0; i < list_length(list); i++)
        if (list->elements[i].ptr_value == datum ||
            node_equal_hook(list->elements[i].ptr_value, datum))
            return i;
    return -1;
}

static int
find_ptr(const List *list, const void *datum)
{
    Assert(IsPointerList(list));
    for (int i = 0; i < list_length(list); i++)
        if (list->elements[i].ptr_value == datum)
            return i;
    return -1;
}

static int
find_int(const List *list, int datum)
{
    Assert(IsIntegerList(list));
    for (int i = 0; i < list_length(list); i++)
        if (list->elements[i].int_value == datum)
            return i;
    return -1;
}

static int
find_oid(const List *list, Oid datum)
{
    Assert(IsOidList(list));
    for (int i = 0; i < list_length(list); i++)
        if (list->elements[i].oid_value == datum)
            return i;
    return -1;
}

bool
list_member(const List *list, const void *datum)
{
    return find_equal(list, datum) >= 0;
}

bool
list_member_ptr(const List *list, const void *datum)
{
    return find_ptr(list, datum) >= 0;
}

bool
list_member_int(const List *list, int datum)
{
    return find_int(list, datum) >= 0;
}

bool
list_member_oid(const List *list, Oid datum)
{
    return find_oid(list, datum) >= 0;
}

/* ---- deleting ---- */

List *
list_delete_nth_cell(List *list, int n)
{
    check_list(list);
    Assert(list != NIL && n >= 0 && n < list->length);
    if (list->length == 1)
    {
        list_free(list);
        return NIL; /* L1 */
    }
    memmove(&list->elements[n], &list->elements[n + 1],
            (Size) (list->length - 1 - n) * sizeof(ListCell));
    list->length--;
    return list;
}

List *
list_delete_cell(List *list, ListCell *cell)
{
    return list_delete_nth_cell(list, list_cell_number(list, cell));
}

static List *
delete_if_found(List *list, int n)
{
    return n >= 0 ? list_delete_nth_cell(list, n) : list;
}

List *
list_delete(List *list, void *datum)
{
    return delete_if_found(list, find_equal(list, datum));
}

List *
list_delete_ptr(List *list, void *datum)
{
    return delete_if_found(list, find_ptr(list, datum));
}

List *
list_delete_int(List *list, int datum)
{
    return delete_if_found(list, find_int(list, datum));
}

List *
list_delete_oid(List *list, Oid datum)
{
    return delete_if_found(list, find_oid(list, datum));
}

List *
list_delete_first(List *list)
{
    return list == NIL ? NIL : list_delete_nth_cell(list, 0);
}

List *
list_delete_last(List *list)
{
    return list == NIL ? NIL : list_delete_nth_cell(list, list->length - 1);
}

List *
list_delete_first_n(List *list, int n)
{
    check_list(list);
    if (n <= 0)
        return list;
    if (n >= list_length(list))
    {
        list_free(list);
        return NIL;
    }
    list->length -= n;
    memmove(&list->elements[0], &list->elements[n], (Size) list->length * sizeof(ListCell));
    return list;
}

/* ---- sets ---- */

/*
 * Each set operation exists for the four ways to find a cell; the loops are the same.
 * keep_found: intersection keeps the cells of list1 that list2 has, difference the others.
 */
#define DEFINE_APPEND_UNIQUE(suffix, ctype, field, find, append)                                   \
    List *list_append_unique##suffix(List *list, ctype datum)                                      \
    {                                                                                              \
        return find(list, datum) >= 0 ? list : append(list, datum);                                \
    }                                                                                              \
    List *list_concat_unique##suffix(List *list1, const List *list2)                               \
    {                                                                                              \
        for (int i = 0; i < list_length(list2); i++)                                               \
            list1 = list_append_unique##suffix(list1, list2->elements[i].field);                   \
        return list1;                                                                              \
    }                                                                                              \
    List *list_union##suffix(const List *list1, const List *list2)                                 \
    {                                                                                              \
        return list_concat_unique##suffix(list_copy(list1), list2);                                \
    }                                                                                              \
    static List *filter##suffix(const List *list1, const List *list2, bool keep_found)             \
    {                                                                                              \
        List *result = NIL;                                                                        \
        for (int i = 0; i < list_length(list1); i++)                                               \
            if ((find(list2, list1->elements[i].field) >= 0) == keep_found)                        \
                result = append(result, list1->elements[i].field);                                 \
        return result;                                                                             \
    }                                                                                              \
    List *list_difference##suffix(const List *list1, const List *list2)                            \
    {                                                                                              \
        return filter##suffix(list1, list2, false);                                                \
    }

DEFINE_APPEND_UNIQUE(, void *, ptr_value, find_equal, lappend)
DEFINE_APPEND_UNIQUE(_ptr, void *, ptr_value, find_ptr, lappend)
DEFINE_APPEND_UNIQUE(_int, int, int_value, find_int, lappend_int)
DEFINE_APPEND_UNIQUE(_oid, Oid, oid_value, find_oid, lappend_oid)

List *
list_intersection(const List *list1, const List *list2)
{
    return filter(list1, list2, true);
}

List *
list_intersection_int(const List *list1, const List *list2)
{
    return filter_int(list1, list2, true);
}

/* ---- whole lists ---- */

void
list_free(List *list)
{
    if (list == NIL)
        return;
    if (list->elements != list->initial_elements)
        pfree(list->elements);
    pfree(list);
}

void
list_free_deep(List *list)
{
    Assert(IsPointerList(list));
    for (int i = 0; i < list_length(list); i++)
        pfree(list->elements[i].ptr_value);
    list_free(list);
}

static List *
copy_cells(const List *list, int first, int count)
{
    if (count <= 0)
        return NIL;
    List *copy = new_list(list->type, count);
    memcpy(copy->elements, &list->elements[first], (Size) count * sizeof(ListCell));
    return copy;
}

List *
list_copy(const List *list)
{
    return copy_cells(list, 0, list_length(list));
}

List *
list_copy_head(const List *list, int len)
{
    return copy_cells(list, 0, Min(len, list_length(list)));
}

List *
list_copy_tail(const List *list, int nskip)
{
    nskip = Max(nskip, 0);
    return copy_cells(list, nskip, list_length(list) - nskip);
}

List *
list_copy_deep(const List *list)
{
    Assert(IsPointerList(list));
    List *copy = list_copy(list);
    for (int i = 0; i < list_length(copy); i++)
        copy->elements[i].ptr_value = node_copy_hook(copy->elements[i].ptr_value);
    return copy;
}

void
list_reverse(List *list)
{
    for (int i = 0, j = list_length(list) - 1; i < j; i++, j--)
    {
        ListCell saved = list->elements[i];
        list->elements[i] = list->elements[j];
        list->elements[j] = saved;
    }
}

void
list_sort(List *list, list_sort_comparator cmp)
{
    if (list_length(list) > 1)
        qsort(list->elements, (Size) list->length, sizeof(ListCell),
              (int (*)(const void *, const void *)) cmp);
}

int
list_int_cmp(const ListCell *a, const ListCell *b)
{
    return (a->int_value > b->int_value) - (a->int_value < b->int_value);
}

int
list_oid_cmp(const ListCell *a, const ListCell *b)
{
    return (a->oid_value > b->oid_value) - (a->oid_value < b->oid_value);
}

/* The list must be sorted. */
void
list_deduplicate_oid(List *list)
{
    Assert(IsOidList(list));
    int kept = 0;
    for (int i = 1; i < list_length(list); i++)
        if (list->elements[i].oid_value != list->elements[kept].oid_value)
            list->elements[++kept] = list->elements[i];
    if (list != NIL)
        list->length = kept + 1;
}
