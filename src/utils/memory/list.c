/*
 * list.c - growing arrays of pointers, integers or OIDs
 *
 * Why        Lists are short, built at their end and walked from their front: an array whose
 *            first cells sit in the header costs one allocation. It doubles when it is full.
 * Invariants LI1. A list that exists is not empty: length > 0, else it is NIL.
 *            LI2. elements points to initial_elements or to a chunk of its own.
 */
#include "memory/list.h"

#define FIRST_CELL_COUNT 5

bool (*node_equal_hook)(const void *a, const void *b);
void *(*node_copy_hook)(const void *node);

static List *
new_list(NodeTag type, int length)
{
    int capacity = Max(length, FIRST_CELL_COUNT);
    List *list = palloc(offsetof(List, initial_elements) + (Size) capacity * sizeof(ListCell));

    list->type = type;
    list->length = length;
    list->max_length = capacity;
    list->elements = list->initial_elements;
    return list;
}

static void
enlarge(List *list, int min_length)
{
    int capacity = Max(16, list->max_length);

    while (capacity < min_length)
        capacity *= 2;
    if (list->elements == list->initial_elements) {
        list->elements = MemoryContextAlloc(GetMemoryChunkContext(list),
                                            (Size) capacity * sizeof(ListCell));
        memcpy(list->elements, list->initial_elements, (Size) list->length * sizeof(ListCell));
    } else {
        list->elements = repalloc(list->elements, (Size) capacity * sizeof(ListCell));
    }
    list->max_length = capacity;
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
    if (list == NIL)
        return list_make1_impl(type, cell);
    Assert(list->type == type && position >= 0 && position <= list->length);
    if (list->length >= list->max_length)
        enlarge(list, list->length + 1);
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
    if (list1 == NIL)
        return list_copy(list2);
    if (list2 == NIL)
        return list1;
    Assert(list1->type == list2->type);

    int added = list2->length, length = list1->length + added;

    if (length > list1->max_length)
        enlarge(list1, length);
    memcpy(&list1->elements[list1->length], &list2->elements[0], (Size) added * sizeof(ListCell));
    list1->length = length;
    return list1;
}

List *
list_concat_copy(const List *list1, const List *list2)
{
    return list_concat(list_copy(list1), list2);
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

/* ---- finding: one search for the four ways to be equal ---- */

typedef bool (*CellEqual)(const ListCell *a, const ListCell *b);

static bool
equal_node(const ListCell *a, const ListCell *b)
{
    return node_equal_hook(a->ptr_value, b->ptr_value);
}

static bool
equal_ptr(const ListCell *a, const ListCell *b)
{
    return a->ptr_value == b->ptr_value;
}

static bool
equal_int(const ListCell *a, const ListCell *b)
{
    return a->int_value == b->int_value;
}

static bool
equal_oid(const ListCell *a, const ListCell *b)
{
    return a->oid_value == b->oid_value;
}

/* Index of the first equal cell, or -1. */
static int
find(const List *list, ListCell wanted, CellEqual equal)
{
    for (int i = 0; i < list_length(list); i++)
        if (equal(&list->elements[i], &wanted))
            return i;
    return -1;
}

bool
list_member(const List *list, const void *datum)
{
    return find(list, list_make_ptr_cell((void *) datum), equal_node) >= 0;
}

bool
list_member_ptr(const List *list, const void *datum)
{
    return find(list, list_make_ptr_cell((void *) datum), equal_ptr) >= 0;
}

bool
list_member_int(const List *list, int datum)
{
    return find(list, list_make_int_cell(datum), equal_int) >= 0;
}

bool
list_member_oid(const List *list, Oid datum)
{
    return find(list, list_make_oid_cell(datum), equal_oid) >= 0;
}

/* ---- deleting ---- */

List *
list_delete_nth_cell(List *list, int n)
{
    Assert(n >= 0 && n < list_length(list));
    if (list->length == 1) {
        list_free(list);
        return NIL; /* LI1 */
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
delete_found(List *list, int index)
{
    return index >= 0 ? list_delete_nth_cell(list, index) : list;
}

List *
list_delete(List *list, void *datum)
{
    return delete_found(list, find(list, list_make_ptr_cell(datum), equal_node));
}

List *
list_delete_ptr(List *list, void *datum)
{
    return delete_found(list, find(list, list_make_ptr_cell(datum), equal_ptr));
}

List *
list_delete_int(List *list, int datum)
{
    return delete_found(list, find(list, list_make_int_cell(datum), equal_int));
}

List *
list_delete_oid(List *list, Oid datum)
{
    return delete_found(list, find(list, list_make_oid_cell(datum), equal_oid));
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
    if (n <= 0)
        return list;
    if (n >= list_length(list)) {
        list_free(list);
        return NIL;
    }
    memmove(&list->elements[0], &list->elements[n], (Size) (list->length - n) * sizeof(ListCell));
    list->length -= n;
    return list;
}

/* ---- as sets ---- */

static List *
append_unique(List *list, NodeTag type, ListCell cell, CellEqual equal)
{
    return find(list, cell, equal) >= 0 ? list : insert_cell(list, type, list_length(list), cell);
}

static List *
concat_unique(List *list1, const List *list2, CellEqual equal)
{
    for (int i = 0; i < list_length(list2); i++)
        list1 = append_unique(list1, list2->type, list2->elements[i], equal);
    return list1;
}

/* The cells of list1 that are (or are not) in list2. */
static List *
filter(const List *list1, const List *list2, CellEqual equal, bool wanted)
{
    List *result = NIL;

    for (int i = 0; i < list_length(list1); i++)
        if ((find(list2, list1->elements[i], equal) >= 0) == wanted)
            result = insert_cell(result, list1->type, list_length(result), list1->elements[i]);
    return result;
}

List *
list_append_unique(List *list, void *datum)
{
    return append_unique(list, T_List, list_make_ptr_cell(datum), equal_node);
}

List *
list_append_unique_ptr(List *list, void *datum)
{
    return append_unique(list, T_List, list_make_ptr_cell(datum), equal_ptr);
}

List *
list_append_unique_int(List *list, int datum)
{
    return append_unique(list, T_IntList, list_make_int_cell(datum), equal_int);
}

List *
list_append_unique_oid(List *list, Oid datum)
{
    return append_unique(list, T_OidList, list_make_oid_cell(datum), equal_oid);
}

List *
list_concat_unique(List *list1, const List *list2)
{
    return concat_unique(list1, list2, equal_node);
}

List *
list_concat_unique_ptr(List *list1, const List *list2)
{
    return concat_unique(list1, list2, equal_ptr);
}

List *
list_concat_unique_int(List *list1, const List *list2)
{
    return concat_unique(list1, list2, equal_int);
}

List *
list_concat_unique_oid(List *list1, const List *list2)
{
    return concat_unique(list1, list2, equal_oid);
}

List *
list_union(const List *list1, const List *list2)
{
    return concat_unique(list_copy(list1), list2, equal_node);
}

List *
list_union_ptr(const List *list1, const List *list2)
{
    return concat_unique(list_copy(list1), list2, equal_ptr);
}

List *
list_union_int(const List *list1, const List *list2)
{
    return concat_unique(list_copy(list1), list2, equal_int);
}

List *
list_union_oid(const List *list1, const List *list2)
{
    return concat_unique(list_copy(list1), list2, equal_oid);
}

List *
list_intersection(const List *list1, const List *list2)
{
    return filter(list1, list2, equal_node, true);
}

List *
list_intersection_int(const List *list1, const List *list2)
{
    return filter(list1, list2, equal_int, true);
}

List *
list_difference(const List *list1, const List *list2)
{
    return filter(list1, list2, equal_node, false);
}

List *
list_difference_ptr(const List *list1, const List *list2)
{
    return filter(list1, list2, equal_ptr, false);
}

List *
list_difference_int(const List *list1, const List *list2)
{
    return filter(list1, list2, equal_int, false);
}

List *
list_difference_oid(const List *list1, const List *list2)
{
    return filter(list1, list2, equal_oid, false);
}

/* ---- copies, order, end ---- */

/* Expects a sorted list; drops repeated values. */
void
list_deduplicate_oid(List *list)
{
    int kept = 0;

    if (list_length(list) < 2)
        return;
    for (int i = 1; i < list->length; i++)
        if (list->elements[i].oid_value != list->elements[kept].oid_value)
            list->elements[++kept] = list->elements[i];
    list->length = kept + 1;
}

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
    for (int i = 0; i < list_length(list); i++)
        pfree(lfirst(&list->elements[i]));
    list_free(list);
}

List *
list_copy_tail(const List *list, int nskip)
{
    int length = list_length(list) - Max(nskip, 0);

    if (length <= 0)
        return NIL;

    List *copy = new_list(list->type, length);

    memcpy(copy->elements, &list->elements[Max(nskip, 0)], (Size) length * sizeof(ListCell));
    return copy;
}

List *
list_copy(const List *list)
{
    return list_copy_tail(list, 0);
}

List *
list_copy_head(const List *list, int len)
{
    int length = Min(list_length(list), len);

    if (length <= 0)
        return NIL;

    List *copy = new_list(list->type, length);

    memcpy(copy->elements, list->elements, (Size) length * sizeof(ListCell));
    return copy;
}

List *
list_copy_deep(const List *list)
{
    List *copy = list_copy(list);

    for (int i = 0; i < list_length(copy); i++)
        lfirst(&copy->elements[i]) = node_copy_hook(lfirst(&list->elements[i]));
    return copy;
}

void
list_reverse(List *list)
{
    for (int i = 0, j = list_length(list) - 1; i < j; i++, j--) {
        ListCell cell = list->elements[i];

        list->elements[i] = list->elements[j];
        list->elements[j] = cell;
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
