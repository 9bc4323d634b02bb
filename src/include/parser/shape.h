/*
 * shape.h - a statement's shape: its text with the literals taken out
 *
 * The session's cache is keyed by shape. shape_scan() splits a text into shape and literals without
 * parsing it; parser_analyze_shape() analyzes it once and says what each literal became.
 * Where a literal is not a parameter, the cache entry must compare it byte for byte.
 */
#ifndef PARSER_SHAPE_H
#define PARSER_SHAPE_H

#include "parser/parser.h"

#define SHAPE_TEXT_BYTES_MAX 16384
#define SHAPE_LITERALS_MAX 256

typedef enum ShapeClass {
    SHAPE_INT4 = 1, /* digits that fit int4 */
    SHAPE_INT8,     /* digits that fit int8 */
    SHAPE_NUMERIC,  /* other numbers */
    SHAPE_STRING    /* '...' without escapes other than the doubled quote */
} ShapeClass;

typedef struct ShapeLiteral {
    uint32 offset; /* bytes from the text's start: first digit or opening quote */
    uint32 length; /* bytes, quotes included */
    ShapeClass class;
} ShapeLiteral;

typedef struct ShapeScan {
    uint64 hash;         /* of the shape bytes */
    uint32 shape_length; /* bytes written */
    uint32 literal_count;
    int param_max; /* highest $n in the text */
} ShapeScan;

/* False where the text has no shape: more than one statement, too long, too many literals, or a
 * token that the scanner leaves to the parser. shape must hold length + 1 bytes. Cannot throw. */
extern bool shape_scan(const char *sql, size_t length, char *shape, ShapeLiteral *literals,
                       ShapeScan *ret_scan);

/* What analysis made of a literal. */
typedef struct ShapeUse {
    int paramid; /* number of the Param that took its place; 0: compare literally */
    Oid type;    /* of the Param */
    int32 typmod; /* to hand to the type's input function */
    bool negated; /* the literal stands behind a minus that belongs to it */
    Oid typinput;
    Oid typioparam;
} ShapeUse;

/* As parser_analyze_varparams, then replaces literals by Params numbered from *param_count + 1 and
 * fills uses[0..literal_count-1]. *param_types grows by them. Returns the query; *ret_taken is the
 * number of literals that became parameters. */
extern Query *parser_analyze_shape(RawStmt *raw, const char *sql, Oid **param_types,
                                   int *param_count, const ShapeLiteral *literals,
                                   int literal_count, ShapeUse *uses, int *ret_taken);

/* The literal's value as its Param wants it; throws as the type's input function does. */
extern Datum shape_literal_value(const char *sql, const ShapeLiteral *literal,
                                 const ShapeUse *use);

#endif
