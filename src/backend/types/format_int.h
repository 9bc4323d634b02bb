/*
 * format_int.h - templates of to_char and to_timestamp, cut into nodes
 */
#ifndef FORMAT_INT_H
#define FORMAT_INT_H

#include "datetime_int.h"
#include "types/encoding.h"

typedef enum FormatKey
{
    KEY_TEXT,  /* one character that is neither letter nor digit nor separator */
    KEY_SPACE,
    KEY_SEPARATOR,
    KEY_AD,
    KEY_AD_DOTS,
    KEY_AM,
    KEY_AM_DOTS,
    KEY_CC,
    KEY_D,
    KEY_DAY,
    KEY_DD,
    KEY_DDD,
    KEY_DY,
    KEY_FF,
    KEY_FX,
    KEY_HH12,
    KEY_HH24,
    KEY_ID,
    KEY_IDDD,
    KEY_IW,
    KEY_J,
    KEY_MI,
    KEY_MM,
    KEY_MON,
    KEY_MONTH,
    KEY_MS,
    KEY_OF,
    KEY_Q,
    KEY_RM,
    KEY_SS,
    KEY_SSSS,
    KEY_TZ,
    KEY_TZH,
    KEY_TZM,
    KEY_US,
    KEY_W,
    KEY_WW,
    KEY_Y,     /* last `width` digits of the year */
    KEY_Y_YYY,
    KEY_I,     /* of the ISO year */
} FormatKey;

/* How a word is written: as in the template's own letters. */
enum
{
    CASE_LOWER,
    CASE_TITLE,
    CASE_UPPER,
};

typedef struct FormatWord
{
    const char *word;
    FormatKey key;
    int width; /* digits */
    int letter_case;
} FormatWord;

typedef struct FormatNode
{
    const FormatWord *word; /* NULL: text */
    FormatKey key;
    char text[MAX_MULTIBYTE_CHAR_LEN + 1];
    bool fill;      /* FM */
    bool translate; /* TM */
    int th;         /* 0, 1 th, 2 TH */
} FormatNode;

typedef struct Format
{
    FormatNode *nodes;
    int count;
} Format;

extern const char *const format_full_months[12];
extern const char *const format_roman_months[12];

void format_cut(Format *format, text *template);

#endif
