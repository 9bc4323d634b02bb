/*
 * format_number.c - to_char of numbers, to_number
 *
 * Why        a template is cut into nodes; the number is rounded to the template's decimals, written as
 *            text, and the nodes then take its characters one by one. Oracle's rules for signs and
 *            blanks, as PostgreSQL reads them, stand in number_put_digit().
 */
#include "types_int.h"
#include "types/encoding.h"
#include "types/float.h"
#include "types/numeric.h"

typedef enum NumberKey
{
    NUM_TEXT,
    NUM_COMMA,
    NUM_DEC,
    NUM_0,
    NUM_9,
    NUM_B,
    NUM_C,
    NUM_D,
    NUM_E,
    NUM_FM,
    NUM_G,
    NUM_L,
    NUM_MI,
    NUM_PL,
    NUM_PR,
    NUM_RN,
    NUM_LOWER_RN,
    NUM_SG,
    NUM_S,
    NUM_TH,
    NUM_LOWER_TH,
    NUM_V,
} NumberKey;

static const struct
{
    const char *word;
    NumberKey key;
} number_words[] = {
    {",", NUM_COMMA}, {".", NUM_DEC}, {"0", NUM_0},   {"9", NUM_9},   {"B", NUM_B},
    {"C", NUM_C},     {"D", NUM_D},   {"EEEE", NUM_E}, {"FM", NUM_FM}, {"G", NUM_G},
    {"L", NUM_L},     {"MI", NUM_MI}, {"PL", NUM_PL}, {"PR", NUM_PR}, {"RN", NUM_RN},
    {"SG", NUM_SG},   {"S", NUM_S},   {"TH", NUM_TH}, {"V", NUM_V},   {"b", NUM_B},
    {"c", NUM_C},     {"d", NUM_D},   {"eeee", NUM_E}, {"fm", NUM_FM}, {"g", NUM_G},
    {"l", NUM_L},     {"mi", NUM_MI}, {"pl", NUM_PL}, {"pr", NUM_PR}, {"rn", NUM_LOWER_RN},
    {"sg", NUM_SG},   {"s", NUM_S},   {"th", NUM_LOWER_TH}, {"v", NUM_V},
};

enum
{
    LSIGN_NONE,
    LSIGN_PRE,
    LSIGN_POST,
};

typedef struct NumberNode
{
    NumberKey key;
    char text[MAX_MULTIBYTE_CHAR_LEN + 1];
} NumberNode;

typedef struct NumberFormat
{
    NumberNode *nodes;
    int count;
    int pre;  /* digits before the point */
    int post; /* and behind */
    int lsign;
    int pre_lsign;
    int zero_start;
    int zero_end;
    int multi;
    bool decimal;
    bool zero;
    bool blank;
    bool fill;
    bool sign_s;
    bool bracket;
    bool minus;
    bool plus;
    bool roman;
    bool v;
    bool eeee;
} NumberFormat;

pg_noreturn static void
number_throw(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("%s", message)));
    pg_unreachable();
}

/* ---- the template ---- */

static void
number_note_sign(NumberFormat *f, NumberKey key)
{
    switch (key)
    {
        case NUM_S:
            if (f->sign_s)
                number_throw("cannot use \"S\" twice");
            if (f->plus || f->minus || f->bracket)
                number_throw("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
            if (!f->decimal)
            {
                f->lsign = LSIGN_PRE;
                f->pre_lsign = f->pre;
            }
            else if (f->lsign == LSIGN_NONE)
                f->lsign = LSIGN_POST;
            f->sign_s = true;
            break;
        case NUM_MI:
            if (f->sign_s)
                number_throw("cannot use \"S\" and \"MI\" together");
            f->minus = true;
            break;
        case NUM_PL:
            if (f->sign_s)
                number_throw("cannot use \"S\" and \"PL\" together");
            f->plus = true;
            break;
        case NUM_SG:
            if (f->sign_s)
                number_throw("cannot use \"S\" and \"SG\" together");
            f->minus = f->plus = true;
            break;
        default:
            if (f->sign_s || f->plus || f->minus)
                number_throw("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
            f->bracket = true;
            break;
    }
}

static void
number_note(NumberFormat *f, NumberKey key)
{
    if (f->eeee && key != NUM_E && key != NUM_TEXT)
        number_throw("\"EEEE\" must be the last pattern used");
    switch (key)
    {
        case NUM_9:
            if (f->bracket)
                number_throw("\"9\" must be ahead of \"PR\"");
            if (f->v)
                f->multi++;
            else if (f->decimal)
                f->post++;
            else
                f->pre++;
            break;
        case NUM_0:
            if (f->bracket)
                number_throw("\"0\" must be ahead of \"PR\"");
            if (!f->zero && !f->decimal)
            {
                f->zero = true;
                f->zero_start = f->pre + 1;
            }
            if (f->decimal)
                f->post++;
            else
                f->pre++;
            f->zero_end = f->pre + f->post;
            break;
        case NUM_B:
            if (f->pre == 0 && f->post == 0 && !f->zero)
                f->blank = true;
            break;
        case NUM_D:
        case NUM_DEC:
            if (f->decimal)
                number_throw("multiple decimal points");
            if (f->v)
                number_throw("cannot use \"V\" and decimal point together");
            f->decimal = true;
            break;
        case NUM_FM:
            f->fill = true;
            break;
        case NUM_S:
        case NUM_MI:
        case NUM_PL:
        case NUM_SG:
        case NUM_PR:
            number_note_sign(f, key);
            break;
        case NUM_RN:
        case NUM_LOWER_RN:
            f->roman = true;
            break;
        case NUM_V:
            if (f->decimal)
                number_throw("cannot use \"V\" and decimal point together");
            f->v = true;
            break;
        case NUM_E:
            if (f->eeee)
                number_throw("cannot use \"EEEE\" twice");
            if (f->blank || f->fill || f->sign_s || f->bracket || f->minus || f->plus || f->roman ||
                f->v)
                ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                                errmsg("\"EEEE\" is incompatible with other formats"),
                                errdetail("\"EEEE\" may only be used together with digit and decimal point patterns.")));
            f->eeee = true;
            break;
        default:
            break;
    }
}

static void
number_parse(NumberFormat *f, text *template)
{
    const char *p = text_to_cstring(template);

    memset(f, 0, sizeof(*f));
    f->nodes = palloc0((strlen(p) + 1) * sizeof(NumberNode));
    while (*p != '\0')
    {
        NumberNode *node = &f->nodes[f->count];
        int found = -1;

        for (int i = 0; i < lengthof(number_words) && found < 0; i++)
            if (strncmp(p, number_words[i].word, strlen(number_words[i].word)) == 0)
                found = i;
        if (found >= 0)
        {
            node->key = number_words[found].key;
            number_note(f, node->key);
            p += strlen(number_words[found].word);
            f->count++;
            continue;
        }
        if (*p == '"')
        {
            for (p++; *p != '\0' && *p != '"'; p += pg_mblen(p))
            {
                if (*p == '\\' && p[1] != '\0')
                    p++;
                node = &f->nodes[f->count++];
                node->key = NUM_TEXT;
                memcpy(node->text, p, pg_mblen(p));
            }
            if (*p == '"')
                p++;
            continue;
        }
        if (*p == '\\' && p[1] == '"')
            p++;
        node->key = NUM_TEXT;
        memcpy(node->text, p, pg_mblen(p));
        p += pg_mblen(p);
        f->count++;
    }
    if (f->zero_start > 0)
        f->zero_start--;
}

/* ---- writing ---- */

typedef struct NumberWriter
{
    NumberFormat *f;
    StringInfoData out;
    const char *number;
    const char *p; /* next character of number */
    const char *last_relevant;
    char sign;
    bool sign_wrote;
    bool digit_wrote;
    int blanks; /* places before the number */
    int place;
    int place_count;
} NumberWriter;

static const char *
number_th(const char *number, bool upper)
{
    static const char *const endings[2][4] = {{"th", "st", "nd", "rd"}, {"TH", "ST", "ND", "RD"}};
    int length = (int) strlen(number);
    int last = length > 0 ? number[length - 1] - '0' : 0;

    if (length > 1 && number[length - 2] == '1')
        last = 0;
    return endings[upper][last >= 1 && last <= 3 ? last : 0];
}

/* "0.5" under "9.9" shows no zero. */
static bool
number_hides_zero(NumberWriter *w)
{
    return !w->f->zero && w->number == w->p && *w->number == '0' && w->f->post != 0;
}

static void
number_put_sign(NumberWriter *w)
{
    NumberFormat *f = w->f;

    if (w->sign_wrote || (w->place < w->blanks && !(f->zero && f->zero_start == w->place)) ||
        (number_hides_zero(w) && !(w->last_relevant && *w->last_relevant == '.')))
        return;
    if (f->sign_s)
    {
        if (f->lsign == LSIGN_PRE)
        {
            appendStringInfoChar(&w->out, w->sign == '-' ? '-' : '+');
            w->sign_wrote = true;
        }
    }
    else if (f->bracket)
    {
        appendStringInfoChar(&w->out, w->sign == '+' ? ' ' : '<');
        w->sign_wrote = true;
    }
    else
    {
        if (w->sign == '-')
            appendStringInfoChar(&w->out, '-');
        else if (!f->fill)
            appendStringInfoChar(&w->out, ' ');
        w->sign_wrote = true;
    }
}

static void
number_put_place(NumberWriter *w, NumberKey key)
{
    NumberFormat *f = w->f;

    if (w->place < w->blanks && (f->zero_start > w->place || !f->zero))
    {
        if (!f->fill)
            appendStringInfoChar(&w->out, ' ');
        return;
    }
    if (f->zero && w->place < w->blanks)
    {
        appendStringInfoChar(&w->out, '0');
        w->digit_wrote = true;
        return;
    }
    if (*w->p == '.')
    {
        if (!w->last_relevant || *w->last_relevant != '.' || f->fill)
            appendStringInfoChar(&w->out, '.');
    }
    else if (w->last_relevant && w->p > w->last_relevant && key != NUM_0)
        ;
    else if (number_hides_zero(w))
    {
        if (!f->fill)
            appendStringInfoChar(&w->out, ' ');
        else if (w->last_relevant && *w->last_relevant == '.')
            appendStringInfoChar(&w->out, '0');
    }
    else if (*w->p != '\0')
    {
        appendStringInfoChar(&w->out, *w->p);
        w->digit_wrote = true;
    }
    if (*w->p != '\0')
        w->p++;
}

static void
number_put_digit(NumberWriter *w, NumberKey key)
{
    NumberFormat *f = w->f;
    int end;

    number_put_sign(w);
    number_put_place(w, key);
    end = w->place_count + (w->blanks ? 1 : 0) + (f->decimal ? 1 : 0);
    if (w->last_relevant && w->last_relevant == w->p)
        end = w->place;
    if (w->place + 1 == end)
    {
        if (w->sign_wrote && f->bracket)
            appendStringInfoChar(&w->out, w->sign == '+' ? ' ' : '>');
        else if (f->sign_s && f->lsign == LSIGN_POST)
            appendStringInfoChar(&w->out, w->sign == '-' ? '-' : '+');
    }
    w->place++;
}

static void
number_prepare(NumberWriter *w)
{
    NumberFormat *f = w->f;

    if (f->plus || f->minus)
        w->sign_wrote = !(f->plus && !f->minus);
    else
    {
        if (w->sign != '-' && f->fill)
            f->bracket = false;
        w->sign_wrote = w->sign == '+' && f->fill && !f->sign_s;
        if (f->lsign == LSIGN_PRE && f->pre == f->pre_lsign)
            f->lsign = LSIGN_POST;
    }
    w->place_count = f->post + f->pre - 1;
    if (f->fill && f->decimal)
    {
        const char *point = strchr(w->number, '.');

        w->last_relevant = point;
        for (const char *p = point; p != NULL && *p != '\0'; p++)
            if (p > point && *p != '0')
                w->last_relevant = p;
        if (w->last_relevant && f->zero_end > w->blanks &&
            w->last_relevant < w->number + (f->zero_end - w->blanks))
            w->last_relevant = w->number + (f->zero_end - w->blanks);
    }
    if (!w->sign_wrote && w->blanks == 0)
        w->place_count++;
}

static void
number_put_node(NumberWriter *w, NumberNode *node)
{
    NumberFormat *f = w->f;

    switch (node->key)
    {
        case NUM_9:
        case NUM_0:
        case NUM_DEC:
        case NUM_D:
            number_put_digit(w, node->key);
            break;
        case NUM_COMMA:
        case NUM_G:
            if (w->digit_wrote)
                appendStringInfoChar(&w->out, ',');
            else if (!f->fill)
                appendStringInfoChar(&w->out, ' ');
            break;
        case NUM_L:
            appendStringInfoChar(&w->out, ' ');
            break;
        case NUM_MI:
            if (w->sign == '-')
                appendStringInfoChar(&w->out, '-');
            else if (!f->fill)
                appendStringInfoChar(&w->out, ' ');
            break;
        case NUM_PL:
            if (w->sign == '+')
                appendStringInfoChar(&w->out, '+');
            else if (!f->fill)
                appendStringInfoChar(&w->out, ' ');
            break;
        case NUM_SG:
            appendStringInfoChar(&w->out, w->sign);
            break;
        case NUM_RN:
            appendStringInfo(&w->out, f->fill ? "%s" : "%15s", w->number);
            break;
        case NUM_LOWER_RN:
        {
            char *lower = pstrdup(w->number);

            for (char *p = lower; *p != '\0'; p++)
                *p = (char) pg_ascii_tolower((unsigned char) *p);
            appendStringInfo(&w->out, f->fill ? "%s" : "%15s", lower);
            break;
        }
        case NUM_TH:
        case NUM_LOWER_TH:
            if (!f->roman && *w->number != '#' && w->sign != '-' && !f->decimal)
                appendStringInfoString(&w->out, number_th(w->number, node->key == NUM_TH));
            break;
        case NUM_TEXT:
            appendStringInfoString(&w->out, node->text);
            break;
        default:
            break;
    }
}

static text *
number_write(NumberFormat *f, const char *number, char sign, int blanks)
{
    NumberWriter w = {.f = f, .number = number, .p = number, .sign = sign, .blanks = blanks};

    initStringInfo(&w.out);
    if (f->eeee)
        return cstring_to_text(number);
    if (f->roman)
        f->decimal = f->zero = false;
    number_prepare(&w);
    for (int i = 0; i < f->count; i++)
        number_put_node(&w, &f->nodes[i]);
    return cstring_to_text_with_len(w.out.data, w.out.len);
}

/* ---- the number's characters ---- */

static char *
number_hashes(NumberFormat *f, int extra)
{
    char *hashes = palloc0(f->pre + f->post + extra + 2);

    memset(hashes, '#', f->pre + f->post + extra);
    return hashes;
}

/* Digits as text against the template's places. */
static text *
number_fit(NumberFormat *f, char *digits)
{
    char sign = *digits == '-' ? '-' : '+';
    char *number = digits + (*digits == '-');
    const char *point = strchr(number, '.');
    int pre = point ? (int) (point - number) : (int) strlen(number);
    int blanks = 0;

    if (pre < f->pre)
        blanks = f->pre - pre;
    else if (pre > f->pre)
    {
        number = number_hashes(f, 1);
        number[f->pre] = '.';
    }
    return number_write(f, number, sign, blanks);
}

static char *
number_roman(int64 value)
{
    static const struct
    {
        int value;
        const char *text;
    } parts[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
                 {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};
    StringInfoData out;

    if (value < 1 || value > 3999)
        return pstrdup("###############");
    initStringInfo(&out);
    for (int i = 0; i < lengthof(parts); i++)
        for (; value >= parts[i].value; value -= parts[i].value)
            appendStringInfoString(&out, parts[i].text);
    return out.data;
}

static char *
number_special_eeee(NumberFormat *f)
{
    char *hashes = number_hashes(f, 6);

    hashes[0] = ' ';
    hashes[f->pre + 1] = '.';
    return hashes;
}

static text *
number_from_numeric(Numeric value, text *template, PGFunction to_integer)
{
    NumberFormat f;
    bool error = false;

    number_parse(&f, template);
    if (f.roman)
    {
        Datum integer = DirectFunctionCall1(numeric_int4, NumericGetDatum(numeric_round_to(value, 0)));

        return number_write(&f, number_roman(DatumGetInt32(integer)), '+', 0);
    }
    if (f.eeee)
    {
        char *number;

        if (numeric_is_nan(value) || numeric_is_inf(value))
            return number_write(&f, number_special_eeee(&f), '+', 0);
        number = numeric_out_sci(value, f.post);
        return number_write(&f, *number == '-' ? number : psprintf(" %s", number), '+', 0);
    }
    if (f.v)
    {
        Datum power = DirectFunctionCall2(numeric_power, NumericGetDatum(int64_to_numeric(10)),
                                          NumericGetDatum(int64_to_numeric(f.multi)));

        value = numeric_mul_opt_error(value, DatumGetNumeric(power), &error);
        /* An integer stays one of its width. */
        if (to_integer != NULL)
            DirectFunctionCall1(to_integer, NumericGetDatum(value));
        f.pre += f.multi;
    }
    return number_fit(&f, numeric_to_text(numeric_round_to(value, f.post)));
}

static text *
number_from_float(double value, text *template, int digits_max)
{
    NumberFormat f;
    int pre;

    number_parse(&f, template);
    if (f.roman)
        return number_write(&f, number_roman((int64) rint(value)), '+', 0);
    if (f.eeee)
    {
        char *number;

        if (isnan(value) || isinf(value))
            return number_write(&f, number_special_eeee(&f), '+', 0);
        number = psprintf("%+.*e", f.post, value);
        if (*number == '+')
            *number = ' ';
        return number_write(&f, number, '+', 0);
    }
    if (f.v)
    {
        value *= pow(10, f.multi);
        f.pre += f.multi;
    }
    pre = isnan(value) ? 3 : isinf(value) ? 8 : (int) strlen(psprintf("%.0f", fabs(value)));
    if (pre >= digits_max)
        f.post = 0;
    else if (pre + f.post > digits_max)
        f.post = digits_max - pre;
    if (isnan(value) || isinf(value))
        return number_fit(&f, pstrdup(isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity"));
    return number_fit(&f, psprintf("%.*f", f.post, value));
}

SQL_FUNCTION(numeric_to_char)
{
    text *template = PG_GETARG_TEXT_PP(1);

    if (VARSIZE_ANY_EXHDR(template) == 0)
        PG_RETURN_TEXT_P(cstring_to_text(""));
    PG_RETURN_TEXT_P(number_from_numeric(PG_GETARG_NUMERIC(0), template, NULL));
}

SQL_FUNCTION(int4_to_char)
{
    text *template = PG_GETARG_TEXT_PP(1);

    if (VARSIZE_ANY_EXHDR(template) == 0)
        PG_RETURN_TEXT_P(cstring_to_text(""));
    PG_RETURN_TEXT_P(number_from_numeric(int64_to_numeric(PG_GETARG_INT32(0)), template,
                                         numeric_int4));
}

SQL_FUNCTION(int8_to_char)
{
    text *template = PG_GETARG_TEXT_PP(1);

    if (VARSIZE_ANY_EXHDR(template) == 0)
        PG_RETURN_TEXT_P(cstring_to_text(""));
    PG_RETURN_TEXT_P(number_from_numeric(int64_to_numeric(PG_GETARG_INT64(0)), template,
                                         numeric_int8));
}

SQL_FUNCTION(float4_to_char)
{
    text *template = PG_GETARG_TEXT_PP(1);

    if (VARSIZE_ANY_EXHDR(template) == 0)
        PG_RETURN_TEXT_P(cstring_to_text(""));
    PG_RETURN_TEXT_P(number_from_float(PG_GETARG_FLOAT4(0), template, FLT_DIG));
}

SQL_FUNCTION(float8_to_char)
{
    text *template = PG_GETARG_TEXT_PP(1);

    if (VARSIZE_ANY_EXHDR(template) == 0)
        PG_RETURN_TEXT_P(cstring_to_text(""));
    PG_RETURN_TEXT_P(number_from_float(PG_GETARG_FLOAT8(0), template, DBL_DIG));
}

/* ---- to_number: each place of the template takes one character of the text ---- */

typedef struct NumberReader
{
    NumberFormat *f;
    const char *p;
    StringInfoData digits; /* its first character is the sign, or a blank */
    bool point;
    int pre;
    int post;
} NumberReader;

/* Steps over characters that cannot belong to a number. */
static void
number_skip_text(NumberReader *r, int count)
{
    for (; count > 0 && *r->p != '\0' && strchr("0123456789.,+-", *r->p) == NULL; count--)
        r->p += pg_mblen(r->p);
}

static void
number_read_sign_before(NumberReader *r)
{
    bool bracket = r->f->bracket && !r->f->sign_s;

    if (r->f->sign_s && r->f->lsign != LSIGN_PRE && *r->p != '-' && *r->p != '+')
        return;
    if (*r->p == '-' || (bracket && *r->p == '<'))
        r->digits.data[0] = '-';
    else if (*r->p == '+')
        r->digits.data[0] = '+';
    else
        return;
    r->p++;
}

/* A sign may stand behind the last digit; r->p stays on the last character taken. */
static void
number_read_sign_behind(NumberReader *r, bool taken)
{
    if (r->f->sign_s)
    {
        if (taken && r->p[0] != '\0' && (r->p[1] == '-' || r->p[1] == '+'))
            r->digits.data[0] = *++r->p;
    }
    else if (!taken && !r->f->plus && !r->f->minus && (*r->p == '-' || *r->p == '+'))
        r->digits.data[0] = *r->p;
}

static void
number_read_place(NumberReader *r, NumberKey key)
{
    bool taken = false;

    if (*r->p == ' ')
        r->p++;
    if (r->digits.data[0] == ' ' && (key == NUM_0 || key == NUM_9) && r->pre + r->post == 0)
        number_read_sign_before(r);
    if (*r->p == '\0')
        return;
    if (isdigit((unsigned char) *r->p))
    {
        if (r->point && r->post == r->f->post)
            return;
        appendStringInfoChar(&r->digits, *r->p);
        if (r->point)
            r->post++;
        else
            r->pre++;
        taken = true;
    }
    else if (r->f->decimal && !r->point && *r->p == '.')
    {
        appendStringInfoChar(&r->digits, '.');
        r->point = taken = true;
    }
    if (r->digits.data[0] == ' ' && r->pre + r->post > 0)
        number_read_sign_behind(r, taken);
}

/* False where the node took nothing. */
static bool
number_read_node(NumberReader *r, NumberNode *node)
{
    switch (node->key)
    {
        case NUM_9:
        case NUM_0:
        case NUM_DEC:
        case NUM_D:
            number_read_place(r, node->key);
            return true;
        case NUM_COMMA:
        case NUM_G:
            return !r->f->fill && *r->p == ',';
        case NUM_MI:
        case NUM_PL:
        case NUM_SG:
            if ((*r->p == '-' && node->key != NUM_PL) || (*r->p == '+' && node->key != NUM_MI))
            {
                r->digits.data[0] = *r->p;
                return true;
            }
            number_skip_text(r, 1);
            return false;
        case NUM_TH:
        case NUM_LOWER_TH:
            number_skip_text(r, 2);
            return false;
        case NUM_L:
        case NUM_TEXT:
            number_skip_text(r, 1);
            return false;
        default:
            return false;
    }
}

SQL_FUNCTION(numeric_to_number)
{
    text *template = PG_GETARG_TEXT_PP(1);
    NumberReader r = {.p = text_to_cstring(PG_GETARG_TEXT_PP(0))};
    NumberFormat f;
    Numeric result;
    bool error = false;

    if (VARSIZE_ANY_EXHDR(template) == 0)
        PG_RETURN_NULL();
    number_parse(&f, template);
    if (f.roman || f.eeee)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("\"%s\" not supported for input", f.roman ? "RN" : "EEEE")));
    r.f = &f;
    initStringInfo(&r.digits);
    appendStringInfoChar(&r.digits, ' ');
    for (int i = 0; i < f.count && *r.p != '\0'; i++)
        if (number_read_node(&r, &f.nodes[i]) && *r.p != '\0')
            r.p++;
    if (r.digits.data[r.digits.len - 1] == '.')
        r.digits.data[--r.digits.len] = '\0';
    result = numeric_from_text(r.digits.data,
                               (((f.pre + f.multi + r.post) << 16) | r.post) + VARHDRSZ);
    if (f.v)
        result = numeric_mul_opt_error(
            result,
            DatumGetNumeric(DirectFunctionCall2(numeric_power, NumericGetDatum(int64_to_numeric(10)),
                                                NumericGetDatum(int64_to_numeric(-f.multi)))),
            &error);
    PG_RETURN_NUMERIC(result);
}
