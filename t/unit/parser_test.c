/*
 * parser_test.c - parsing, bounds of depth, shapes, and nodes copied, compared, printed and read
 */
#include <stdio.h>
#include <string.h>

#include "error/error.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "parser/parser.h"
#include "parser/shape.h"
#include "parser/start.h"

static int test_count;
static int failure_count;

static void
check(bool ok, const char *what)
{
    test_count++;
    failure_count += !ok;
    printf("%sok %d - %s\n", ok ? "" : "not ", test_count, what);
}

/* SQLSTATE of parsing the text, 0 if it parses; the message and position go to the last two. */
static int
parse_error(const char *sql, char *message, int *position)
{
    volatile int code = 0;
    MemoryContext context = CurrentMemoryContext;

    PG_TRY();
    {
        parser_parse(sql);
    }
    PG_CATCH();
    {
        ErrorData *error;

        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        FlushErrorState();
        code = error->sqlerrcode;
        snprintf(message, 200, "%s", error->message);
        *position = error->cursorpos;
    }
    PG_END_TRY();
    return code;
}

static char *
repeated(const char *start, const char *part, int count, const char *middle, const char *end)
{
    StringInfoData text;

    initStringInfo(&text);
    appendStringInfoString(&text, start);
    for (int i = 0; i < count; i++)
        appendStringInfoString(&text, part);
    appendStringInfoString(&text, middle);
    for (int i = 0; i < count && *end != '\0'; i++)
        appendStringInfoString(&text, end);
    return text.data;
}

static void
test_parse(void)
{
    char message[200];
    int position = 0;
    List *statements = parser_parse("SELECT 1; ;UPDATE t SET a = 2  ;  ");

    check(list_length(statements) == 2, "two statements, empty ones dropped");
    check(((RawStmt *) lsecond(statements))->stmt_location == 11 &&
              ((RawStmt *) lsecond(statements))->stmt_len == 20,
          "place and length of the second");
    check(parser_parse("  -- nothing\n") == NIL, "an empty text is no statement");
    check(parse_error("SELECT 'ä' FROM FROM", message, &position) == ERRCODE_SYNTAX_ERROR &&
              strcmp(message, "syntax error at or near \"FROM\"") == 0 && position == 17,
          "a syntax error counts characters");
    check(parse_error("SELECT 'abc", message, &position) == ERRCODE_SYNTAX_ERROR &&
              strcmp(message, "unterminated quoted string at or near \"'abc\"") == 0,
          "an unterminated string");
    check(strcmp(parser_command_tag(linitial(parser_parse("create table a (b int)"))),
                 "CREATE TABLE") == 0,
          "a command tag");
}

static void
test_depth(void)
{
    char message[200];
    int position = 0;
    struct {
        const char *what;
        char *text;
        int expected;
    } cases[] = {
        {"100,000 brackets", repeated("SELECT ", "(", 100000, "1", ")"),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"a chain of 100,000 +", repeated("SELECT 1", " + 1", 100000, "", ""),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"100,000 NOT", repeated("SELECT ", "NOT ", 100000, "true", ""),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"100,000 minus signs", repeated("SELECT ", "- ", 100000, "1", ""),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"100,000 UNION", repeated("SELECT 1", " UNION SELECT 1", 100000, "", ""),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"100,000 nested CASE", repeated("SELECT ", "CASE WHEN true THEN ", 100000, "1", " END"),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"100,000 nested sub-selects", repeated("SELECT ", "(SELECT ", 100000, "1", ")"),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"100,000 casts", repeated("SELECT 1", "::int", 100000, "", ""),
         ERRCODE_STATEMENT_TOO_COMPLEX},
        {"2,000 brackets parse", repeated("SELECT ", "(", 2000, "1", ")"), 0},
        {"a chain of 2,000 + parses", repeated("SELECT 1", " + 1", 2000, "", ""), 0},
        {"2,000 nested sub-selects", repeated("SELECT ", "(SELECT ", 400, "1", ")"), 0},
        {"IN with 100,000 members", repeated("SELECT 1 IN (1", ", 1", 100000, ")", ""), 0},
        {"VALUES with 100,000 rows", repeated("VALUES (1 + 1)", ", (2 + 2)", 100000, "", ""), 0},
        {"50,000 OR", repeated("SELECT 1 = 1", " OR 1 = 1", 50000, "", ""), 0},
        {"brackets in a string", repeated("SELECT '", "(", 100000, "'", ""), 0},
        {"brackets in a comment", repeated("SELECT 1 /*", "(", 100000, "*/", ""), 0},
        {"brackets in dollar quotes", repeated("SELECT $a$", "(", 100000, "$a$", ""), 0},
    };

    for (size_t i = 0; i < lengthof(cases); i++)
        check(parse_error(cases[i].text, message, &position) == cases[i].expected, cases[i].what);
}

static bool
same_shape(const char *a, const char *b)
{
    char first[2000];
    char second[2000];
    ShapeLiteral literals[SHAPE_LITERALS_MAX];
    ShapeScan scan_a;
    ShapeScan scan_b;

    return shape_scan(a, strlen(a), first, literals, &scan_a) &&
           shape_scan(b, strlen(b), second, literals, &scan_b) && scan_a.hash == scan_b.hash &&
           scan_a.shape_length == scan_b.shape_length &&
           memcmp(first, second, scan_a.shape_length) == 0;
}

static bool
has_shape(const char *sql)
{
    char shape[2000];
    ShapeLiteral literals[SHAPE_LITERALS_MAX];
    ShapeScan scan;

    return shape_scan(sql, strlen(sql), shape, literals, &scan);
}

static void
test_shape(void)
{
    char shape[2000];
    ShapeLiteral literals[SHAPE_LITERALS_MAX];
    ShapeScan scan;
    const char *sql = "UPDATE t SET a = a + -17, b = 'it''s' WHERE c = 3000000000 AND d=1.5;";

    check(shape_scan(sql, strlen(sql), shape, literals, &scan) && scan.literal_count == 4,
          "four literals");
    check(literals[0].class == SHAPE_INT4 && literals[1].class == SHAPE_STRING &&
              literals[2].class == SHAPE_INT8 && literals[3].class == SHAPE_NUMERIC,
          "their classes");
    check(literals[1].length == 7 && memcmp(sql + literals[1].offset, "'it''s'", 7) == 0,
          "the string with its quotes");
    check(same_shape("SELECT a FROM t WHERE b = 1", "SELECT a  FROM\n t WHERE b = 22;  "),
          "other literals and spaces, the same shape");
    check(!same_shape("SELECT 1", "SELECT 3000000000"), "another class, another shape");
    check(!same_shape("SELECT a FROM t", "SELECT b FROM t"), "another name, another shape");
    check(!same_shape("SELECT a1", "SELECT a 1"), "a digit in a name is no literal");
    check(!same_shape("SELECT 2147483648", "SELECT 2147483649"),
          "the value whose negation is an int4 stays in the shape");
    check(same_shape("SELECT $1 + 1", "SELECT $1 + 2"), "parameters stay");
    check(!has_shape("SELECT 1; SELECT 2") && !has_shape("SELECT E'a'") &&
              !has_shape("SELECT $$a$$") && !has_shape("SELECT 'a\\b'") &&
              !has_shape("SELECT 'a'\n'b'") && !has_shape("SELECT 'a") && !has_shape("") &&
              !has_shape("SELECT 1a") && !has_shape("/* a */ SELECT 1"),
          "what the scanner leaves to the parser");
}

static void
test_nodes(void)
{
    Var *var = makeVar(3, -7, 23, -1, 100, 2);
    Const *con = makeConst(25, -1, 100, -1, (Datum) 0, true, false);
    Const *number = makeConst(23, -1, 0, 4, Int32GetDatum(-5), false, true);
    OpExpr *op = (OpExpr *) make_opclause(96, 16, false, (Expr *) var, (Expr *) number, 0, 0);
    TargetEntry *tle = makeTargetEntry((Expr *) op, 1, "a name (odd) {}\\", false);
    List *list = list_make4(var, con, tle, list_make2(makeString("x y"), makeInteger(-3)));
    List *copy = copyObject(list);
    char *text = nodeToString(list);
    List *read = stringToNode(text);
    Query *query = makeNode(Query);
    Query *query_read;

    check(copy != list && equal(copy, list), "a copy is equal and another");
    ((Var *) linitial(copy))->varattno = 1;
    check(!equal(copy, list), "a changed copy is not");
    check(equal(read, list), "printed and read back");
    check(strcmp(nodeToString(read), text) == 0, "printed again the same");
    query->commandType = CMD_SELECT;
    query->targetList = list_make1(tle);
    query->jointree = makeFromExpr(NIL, (Node *) op);
    query->rtable = list_make1(makeNode(RangeTblEntry));
    ((RangeTblEntry *) linitial(query->rtable))->eref =
        makeAlias("t", list_make2(makeString("a"), makeString("")));
    ((RangeTblEntry *) linitial(query->rtable))->selectedCols = bms_make_singleton(9);
    query_read = stringToNode(nodeToString(query));
    check(equal(query, query_read), "a whole query");
    NodeSetTag(op, T_DistinctExpr);
    check(!equal(op, ((TargetEntry *) lthird(read))->expr) &&
              IsA(stringToNode(nodeToString(op)), DistinctExpr),
          "IS DISTINCT FROM keeps its own tag");
}

int
main(void)
{
    MemoryContextInit();
    parser_start();
    set_stack_base();
    test_parse();
    test_depth();
    test_shape();
    test_nodes();
    printf("1..%d\n", test_count);
    return failure_count > 0;
}
