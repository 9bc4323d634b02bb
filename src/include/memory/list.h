/*
 * list.h - growing arrays of pointers, integers or OIDs
 *
 * The empty list is NIL, a null pointer. Functions that add elements return the list, which may
 * have been NIL. Cells move when a list grows, so a ListCell pointer is valid only until then.
 */
#ifndef MEMORY_LIST_H
#define MEMORY_LIST_H

#include "memory/nodes.h"

typedef union ListCell
{
    void *ptr_value;
    int int_value;
    Oid oid_value;
} ListCell;

struct List
{
    NodeTag type; /* T_List, T_IntList or T_OidList */
    int length;
    int max_length;
    ListCell *elements;
    ListCell initial_elements[];
};

#define NIL ((List *) NULL)

typedef struct ForEachState
{
    const List *l;
    int i;
} ForEachState;

typedef struct ForBothState
{
    const List *l1;
    const List *l2;
    int i;
} ForBothState;

typedef struct ForThreeState
{
    const List *l1;
    const List *l2;
    const List *l3;
    int i;
} ForThreeState;

static inline ListCell *list_head(const List *l) { return l ? &l->elements[0] : NULL; }
static inline ListCell *list_tail(const List *l) { return l ? &l->elements[l->length - 1] : NULL; }
static inline int list_length(const List *l) { return l ? l->length : 0; }
static inline ListCell *
list_second_cell(const List *l)
{
    return l && l->length >= 2 ? &l->elements[1] : NULL;
}

#define lfirst(lc) ((lc)->ptr_value)
#define lfirst_int(lc) ((lc)->int_value)
#define lfirst_oid(lc) ((lc)->oid_value)
#define lfirst_node(type, lc) castNode(type, lfirst(lc))

static inline ListCell *
list_nth_cell(const List *list, int n)
{
    Assert(list != NIL && n >= 0 && n < list->length);
    return &list->elements[n];
}
static inline ListCell *
list_last_cell(const List *list)
{
    Assert(list != NIL);
    return &list->elements[list->length - 1];
}
static inline void *list_nth(const List *list, int n) { return lfirst(list_nth_cell(list, n)); }
static inline int list_nth_int(const List *list, int n) { return lfirst_int(list_nth_cell(list, n)); }
static inline Oid list_nth_oid(const List *list, int n) { return lfirst_oid(list_nth_cell(list, n)); }
#define list_nth_node(type, list, n) castNode(type, list_nth(list, n))
static inline int
list_cell_number(const List *l, const ListCell *c)
{
    Assert(c >= &l->elements[0] && c < &l->elements[l->length]);
    return (int) (c - l->elements);
}
static inline ListCell *
lnext(const List *l, const ListCell *c)
{
    c++;
    return c < &l->elements[l->length] ? (ListCell *) c : NULL;
}

#define linitial(l) lfirst(list_nth_cell(l, 0))
#define linitial_int(l) lfirst_int(list_nth_cell(l, 0))
#define linitial_oid(l) lfirst_oid(list_nth_cell(l, 0))
#define linitial_node(type, l) castNode(type, linitial(l))
#define lsecond(l) lfirst(list_nth_cell(l, 1))
#define lsecond_int(l) lfirst_int(list_nth_cell(l, 1))
#define lsecond_oid(l) lfirst_oid(list_nth_cell(l, 1))
#define lsecond_node(type, l) castNode(type, lsecond(l))
#define lthird(l) lfirst(list_nth_cell(l, 2))
#define lthird_int(l) lfirst_int(list_nth_cell(l, 2))
#define lthird_oid(l) lfirst_oid(list_nth_cell(l, 2))
#define lthird_node(type, l) castNode(type, lthird(l))
#define lfourth(l) lfirst(list_nth_cell(l, 3))
#define llast(l) lfirst(list_last_cell(l))
#define llast_int(l) lfirst_int(list_last_cell(l))
#define llast_oid(l) lfirst_oid(list_last_cell(l))
#define llast_node(type, l) castNode(type, llast(l))

#define list_make_ptr_cell(v) ((ListCell){.ptr_value = (v)})
#define list_make_int_cell(v) ((ListCell){.int_value = (v)})
#define list_make_oid_cell(v) ((ListCell){.oid_value = (v)})
#define list_make1(x1) list_make1_impl(T_List, list_make_ptr_cell(x1))
#define list_make2(x1, x2) list_make2_impl(T_List, list_make_ptr_cell(x1), list_make_ptr_cell(x2))
#define list_make3(x1, x2, x3)                                                                     \
    list_make3_impl(T_List, list_make_ptr_cell(x1), list_make_ptr_cell(x2), list_make_ptr_cell(x3))
#define list_make4(x1, x2, x3, x4)                                                                 \
    list_make4_impl(T_List, list_make_ptr_cell(x1), list_make_ptr_cell(x2),                        \
                    list_make_ptr_cell(x3), list_make_ptr_cell(x4))
#define list_make1_int(x1) list_make1_impl(T_IntList, list_make_int_cell(x1))
#define list_make2_int(x1, x2)                                                                     \
    list_make2_impl(T_IntList, list_make_int_cell(x1), list_make_int_cell(x2))
#define list_make3_int(x1, x2, x3)                                                                 \
    list_make3_impl(T_IntList, list_make_int_cell(x1), list_make_int_cell(x2),                     \
                    list_make_int_cell(x3))
#define list_make1_oid(x1) list_make1_impl(T_OidList, list_make_oid_cell(x1))
#define list_make2_oid(x1, x2)                                                                     \
    list_make2_impl(T_OidList, list_make_oid_cell(x1), list_make_oid_cell(x2))

/* Elements may be appended or deleted (by foreach_delete_current) while foreach runs. */
#define foreach(cell, lst)                                                                         \
    for (ForEachState cell##__state = {(lst), 0};                                                  \
         cell##__state.l != NIL && cell##__state.i < cell##__state.l->length                       \
             ? (cell = &cell##__state.l->elements[cell##__state.i], true)                          \
             : (cell = NULL, false);                                                               \
         cell##__state.i++)
#define for_each_from(cell, lst, n)                                                                \
    for (ForEachState cell##__state = {(lst), (n)};                                                \
         cell##__state.l != NIL && cell##__state.i < cell##__state.l->length                       \
             ? (cell = &cell##__state.l->elements[cell##__state.i], true)                          \
             : (cell = NULL, false);                                                               \
         cell##__state.i++)
#define for_each_cell(cell, lst, initcell)                                                         \
    for_each_from (cell, lst, (initcell) ? list_cell_number(lst, initcell) : list_length(lst))
#define foreach_current_index(cell) (cell##__state.i)
#define foreach_delete_current(lst, cell)                                                          \
    (cell##__state.i--, (List *) (cell##__state.l = list_delete_cell(lst, cell)))
#define forboth(cell1, list1, cell2, list2)                                                        \
    for (ForBothState cell1##__state = {(list1), (list2), 0};                                      \
         cell1 = (cell1##__state.l1 != NIL && cell1##__state.i < cell1##__state.l1->length)        \
                     ? &cell1##__state.l1->elements[cell1##__state.i]                              \
                     : NULL,                                                                       \
                      cell2 = (cell1##__state.l2 != NIL &&                                         \
                               cell1##__state.i < cell1##__state.l2->length)                       \
                                  ? &cell1##__state.l2->elements[cell1##__state.i]                 \
                                  : NULL,                                                          \
                      cell1 != NULL && cell2 != NULL;                                              \
         cell1##__state.i++)
#define forthree(cell1, list1, cell2, list2, cell3, list3)                                         \
    for (ForThreeState cell1##__state = {(list1), (list2), (list3), 0};                            \
         cell1 = (cell1##__state.l1 != NIL && cell1##__state.i < cell1##__state.l1->length)        \
                     ? &cell1##__state.l1->elements[cell1##__state.i]                              \
                     : NULL,                                                                       \
                      cell2 = (cell1##__state.l2 != NIL &&                                         \
                               cell1##__state.i < cell1##__state.l2->length)                       \
                                  ? &cell1##__state.l2->elements[cell1##__state.i]                 \
                                  : NULL,                                                          \
                      cell3 = (cell1##__state.l3 != NIL &&                                         \
                               cell1##__state.i < cell1##__state.l3->length)                       \
                                  ? &cell1##__state.l3->elements[cell1##__state.i]                 \
                                  : NULL,                                                          \
                      cell1 != NULL && cell2 != NULL && cell3 != NULL;                             \
         cell1##__state.i++)

/* Walks that declare their variable: foreach_ptr(Var, var, vars). */
#define foreach_internal(type, pointer, var, lst, func)                                            \
    for (type pointer var = 0, pointer var##__outer = (type pointer) 1; var##__outer;              \
         var##__outer = 0)                                                                         \
        for (ForEachState var##__state = {(lst), 0};                                               \
             (var##__state.l != NIL && var##__state.i < var##__state.l->length &&                  \
              (var = (type pointer) func(&var##__state.l->elements[var##__state.i]), true));       \
             var##__state.i++)
#define foreach_ptr(type, var, lst) foreach_internal(type, *, var, lst, lfirst)
#define foreach_int(var, lst) foreach_internal(int, , var, lst, lfirst_int)
#define foreach_oid(var, lst) foreach_internal(Oid, , var, lst, lfirst_oid)
#define foreach_node(type, var, lst) foreach_internal(type, *, var, lst, lfirst)

List *list_make1_impl(NodeTag t, ListCell d1);
List *list_make2_impl(NodeTag t, ListCell d1, ListCell d2);
List *list_make3_impl(NodeTag t, ListCell d1, ListCell d2, ListCell d3);
List *list_make4_impl(NodeTag t, ListCell d1, ListCell d2, ListCell d3, ListCell d4);

pg_nodiscard List *lappend(List *list, void *datum);
pg_nodiscard List *lappend_int(List *list, int datum);
pg_nodiscard List *lappend_oid(List *list, Oid datum);
pg_nodiscard List *lcons(void *datum, List *list);
pg_nodiscard List *lcons_int(int datum, List *list);
pg_nodiscard List *lcons_oid(Oid datum, List *list);
pg_nodiscard List *list_insert_nth(List *list, int pos, void *datum);
pg_nodiscard List *list_insert_nth_int(List *list, int pos, int datum);
pg_nodiscard List *list_insert_nth_oid(List *list, int pos, Oid datum);
/* list_concat changes its first argument, list_concat_copy none; cells of list2 are copied. */
List *list_concat(List *list1, const List *list2);
List *list_concat_copy(const List *list1, const List *list2);
List *list_truncate(List *list, int new_size);

/* member, delete: plain forms compare by node_equal_hook, _ptr by address. */
bool list_member(const List *list, const void *datum);
bool list_member_ptr(const List *list, const void *datum);
bool list_member_int(const List *list, int datum);
bool list_member_oid(const List *list, Oid datum);
pg_nodiscard List *list_delete(List *list, void *datum);
pg_nodiscard List *list_delete_ptr(List *list, void *datum);
pg_nodiscard List *list_delete_int(List *list, int datum);
pg_nodiscard List *list_delete_oid(List *list, Oid datum);
pg_nodiscard List *list_delete_first(List *list);
pg_nodiscard List *list_delete_last(List *list);
pg_nodiscard List *list_delete_first_n(List *list, int n);
pg_nodiscard List *list_delete_nth_cell(List *list, int n);
pg_nodiscard List *list_delete_cell(List *list, ListCell *cell);

List *list_append_unique(List *list, void *datum);
List *list_append_unique_ptr(List *list, void *datum);
List *list_append_unique_int(List *list, int datum);
List *list_append_unique_oid(List *list, Oid datum);
List *list_concat_unique(List *list1, const List *list2);
List *list_concat_unique_ptr(List *list1, const List *list2);
List *list_concat_unique_int(List *list1, const List *list2);
List *list_concat_unique_oid(List *list1, const List *list2);
List *list_union(const List *list1, const List *list2);
List *list_union_ptr(const List *list1, const List *list2);
List *list_union_int(const List *list1, const List *list2);
List *list_union_oid(const List *list1, const List *list2);
List *list_intersection(const List *list1, const List *list2);
List *list_intersection_int(const List *list1, const List *list2);
List *list_difference(const List *list1, const List *list2);
List *list_difference_ptr(const List *list1, const List *list2);
List *list_difference_int(const List *list1, const List *list2);
List *list_difference_oid(const List *list1, const List *list2);

void list_deduplicate_oid(List *list);
void list_free(List *list);
void list_free_deep(List *list);
List *list_copy(const List *list);
List *list_copy_head(const List *list, int len);
List *list_copy_tail(const List *list, int nskip);
List *list_copy_deep(const List *list);
void list_reverse(List *list);

typedef int (*list_sort_comparator)(const ListCell *a, const ListCell *b);
void list_sort(List *list, list_sort_comparator cmp);
int list_int_cmp(const ListCell *a, const ListCell *b);
int list_oid_cmp(const ListCell *a, const ListCell *b);

#endif
