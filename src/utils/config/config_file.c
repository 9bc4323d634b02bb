/*
 * config_file.c - postgresql.conf: its lines, its includes, and putting it into force
 *
 * Why        A file is read whole into a list of lines before anything is set, so that a file
 *            with an error changes nothing: at start the server does not start, on reload it
 *            goes on with what it had.
 * Read first ProcessConfigFile()
 */
#include "base/clock.h"
#include "config_int.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "memory/stringinfo.h"

#define INCLUDE_DEPTH_MAX 10
#define LINE_ERRORS_MAX 100

typedef struct Reader {
    const char *file;
    int line;
    int depth;
    int elevel;
    int errors;
    ConfigFileLine **head, **tail;
} Reader;

static bool read_file(Reader *outer, const char *path, bool strict);

/* ---- lines ---- */

static void
add_line(Reader *reader, char *name, char *value, char *errmsg_text)
{
    ConfigFileLine *line = palloc0(sizeof *line);

    line->filename = pstrdup(reader->file);
    line->sourceline = reader->line;
    line->name = name;
    line->value = value;
    line->errmsg = errmsg_text;
    if (*reader->tail)
        (*reader->tail)->next = line;
    else
        *reader->head = line;
    *reader->tail = line;
}

static void
syntax_error(Reader *reader, const char *near)
{
    reader->errors++;
    add_line(reader, NULL, NULL, "syntax error");
    if (near && *near)
        ereport(reader->elevel,
                (errcode(ERRCODE_SYNTAX_ERROR),
                 errmsg("syntax error in file \"%s\" line %d, near token \"%s\"", reader->file,
                        reader->line, near)));
    else
        ereport(reader->elevel,
                (errcode(ERRCODE_SYNTAX_ERROR),
                 errmsg("syntax error in file \"%s\" line %d, near end of line", reader->file,
                        reader->line)));
}

static bool
is_name_char(char c, bool first)
{
    return pg_ascii_isalpha(c) || c == '_' || (c & 0x80) ||
           (!first && (pg_ascii_isdigit(c) || c == '$' || c == '.'));
}

/* Moves past blanks; true at the end of the line or at a comment. */
static bool
at_end(char **cursor)
{
    while (scanner_isspace(**cursor))
        (*cursor)++;
    return **cursor == '\0' || **cursor == '#';
}

static char *
scan_name(char **cursor)
{
    char *first = *cursor;

    if (!is_name_char(*first, true))
        return NULL;
    while (is_name_char(**cursor, false))
        (*cursor)++;
    return pnstrdup(first, (Size) (*cursor - first));
}

/* One escaped character after a backslash. */
static char
scan_escape(char **cursor)
{
    char *at = *cursor;

    switch (*at) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        break;
    }
    if (*at < '0' || *at > '7')
        return *at;

    int value = 0, digits = 0;

    while (digits < 3 && at[digits] >= '0' && at[digits] <= '7')
        value = value * 8 + (at[digits++] - '0');
    *cursor = at + digits - 1;
    return (char) value;
}

static char *
scan_quoted(char **cursor)
{
    StringInfoData text;

    initStringInfo(&text);
    for ((*cursor)++; **cursor; (*cursor)++) {
        if (**cursor == '\'') {
            if ((*cursor)[1] != '\'') {
                (*cursor)++;
                return text.data;
            }
            (*cursor)++;
            appendStringInfoChar(&text, '\'');
        } else if (**cursor == '\\' && (*cursor)[1]) {
            (*cursor)++;
            appendStringInfoChar(&text, scan_escape(cursor));
        } else {
            appendStringInfoChar(&text, **cursor);
        }
    }
    return NULL;
}

static char *
scan_value(char **cursor)
{
    char *first = *cursor;

    if (*first == '\'')
        return scan_quoted(cursor);
    while (**cursor && !scanner_isspace(**cursor) && **cursor != '#' && **cursor != '\'' &&
           **cursor != '=')
        (*cursor)++;
    return *cursor > first ? pnstrdup(first, (Size) (*cursor - first)) : NULL;
}

static char *
word_at(const char *at)
{
    Size length = strcspn(at, " \t\r\n#");

    return pnstrdup(at, length ? length : 1);
}

/* ---- includes ---- */

static char *
path_beside(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');

    if (name[0] == '/' || !slash)
        return pstrdup(name);
    return psprintf("%.*s/%s", (int) (slash - file), file, name);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Every "*.conf" of a directory that does not begin with a dot, in the order of names. */
static bool
read_directory(Reader *reader, const char *name)
{
    char *path = path_beside(reader->file, name);
    DIR *dir = opendir(path);
    char **files = NULL;
    int count = 0, capacity = 0;
    bool ok = true;

    if (!dir) {
        ereport(reader->elevel,
                (errcode_for_file_access(),
                 errmsg("could not open configuration directory \"%s\": %m", path)));
        add_line(reader, NULL, NULL, psprintf("could not open directory \"%s\"", path));
        return false;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        Size length = strlen(entry->d_name);

        if (length < 6 || entry->d_name[0] == '.' ||
            strcmp(entry->d_name + length - 5, ".conf") != 0)
            continue;
        if (count == capacity) {
            capacity = capacity ? 2 * capacity : 32;
            files = files ? repalloc(files, sizeof(char *) * (Size) capacity)
                          : palloc(sizeof(char *) * (Size) capacity);
        }
        files[count++] = psprintf("%s/%s", path, entry->d_name);
    }
    closedir(dir);
    if (count > 0)
        qsort(files, (Size) count, sizeof(char *), compare_names);
    for (int i = 0; i < count; i++)
        ok = read_file(reader, files[i], true) && ok;
    return ok;
}

/* True: the line was an include. */
static bool
handle_include(Reader *reader, const char *name, const char *value, bool *ret_ok)
{
    if (pg_strcasecmp(name, "include_dir") == 0)
        *ret_ok = read_directory(reader, value);
    else if (pg_strcasecmp(name, "include_if_exists") == 0)
        *ret_ok = read_file(reader, path_beside(reader->file, value), false);
    else if (pg_strcasecmp(name, "include") == 0)
        *ret_ok = read_file(reader, path_beside(reader->file, value), true);
    else
        return false;
    return true;
}

static bool
read_line(Reader *reader, char *line)
{
    char *cursor = line;
    bool ok = true;

    if (at_end(&cursor))
        return true;

    char *name_at = cursor, *name = scan_name(&cursor);

    if (!name) {
        syntax_error(reader, word_at(name_at));
        return false;
    }
    if (!at_end(&cursor) && *cursor == '=')
        cursor++;
    if (at_end(&cursor)) {
        syntax_error(reader, NULL);
        return false;
    }

    char *value_at = cursor, *value = scan_value(&cursor);

    if (!value) {
        syntax_error(reader, word_at(value_at));
        return false;
    }
    if (!at_end(&cursor)) {
        syntax_error(reader, word_at(cursor));
        return false;
    }
    if (!handle_include(reader, name, value, &ok))
        add_line(reader, name, value, NULL);
    return ok;
}

static char *
slurp(const char *path)
{
    FILE *file = fopen(path, "re");
    StringInfoData text;
    char chunk[4096];
    Size got;

    if (!file)
        return NULL;
    initStringInfo(&text);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        appendBinaryStringInfo(&text, chunk, (int) got);

    bool failed = ferror(file) != 0;

    fclose(file);
    return failed ? NULL : text.data;
}

static bool
read_file(Reader *outer, const char *path, bool strict)
{
    Reader reader = *outer;
    bool ok = true;

    reader.file = path;
    reader.line = 0;
    reader.errors = 0;
    reader.depth++;
    if (reader.depth > INCLUDE_DEPTH_MAX) {
        ereport(outer->elevel,
                (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                 errmsg("could not open configuration file \"%s\": maximum nesting depth exceeded",
                        path)));
        add_line(outer, NULL, NULL, "nesting depth exceeded");
        return false;
    }

    char *text = slurp(path);

    if (!text) {
        if (!strict) {
            ereport(LOG, (errmsg("skipping missing configuration file \"%s\"", path)));
            return true;
        }
        ereport(outer->elevel, (errcode_for_file_access(),
                                errmsg("could not open configuration file \"%s\": %m", path)));
        add_line(outer, NULL, NULL, psprintf("could not open file \"%s\"", path));
        return false;
    }
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');

        if (end)
            *end = '\0';
        reader.line++;
        ok = read_line(&reader, line) && ok;
        if (reader.errors >= LINE_ERRORS_MAX) {
            ereport(reader.elevel,
                    (errcode(ERRCODE_SYNTAX_ERROR),
                     errmsg("too many syntax errors found, abandoning file \"%s\"", path)));
            break;
        }
        line = end ? end + 1 : NULL;
    }
    return ok;
}

bool
ParseConfigFile(const char *config_file, bool strict, const char *calling_file, int calling_lineno,
                int depth, int elevel, ConfigFileLine **head, ConfigFileLine **tail)
{
    Reader reader = {
        .file = calling_file ? calling_file : config_file,
        .line = calling_lineno,
        .depth = depth,
        .elevel = elevel,
        .head = head,
        .tail = tail,
    };

    return read_file(&reader, config_file, strict);
}

/* ---- into force ---- */

/* Names must be known; the last line for a name counts. */
static bool
check_names(ConfigFileLine *head, int elevel)
{
    bool ok = true;

    for (int i = 0; i < config__count(); i++)
        config__at(i)->in_file = false;
    for (ConfigFileLine *line = head; line; line = line->next) {
        if (!line->name)
            continue;

        Setting *setting = config__find(line->name);

        if (!setting && strchr(line->name, '.'))
            setting = config__find_or_placeholder(line->name, LOG);
        if (!setting || (setting->flags & GUC_DISALLOW_IN_FILE)) {
            bool known = setting != NULL;

            ereport(elevel,
                    (errcode(known ? ERRCODE_CANT_CHANGE_RUNTIME_PARAM : ERRCODE_UNDEFINED_OBJECT),
                     known ? errmsg("parameter \"%s\" cannot be changed", line->name)
                           : errmsg("unrecognized configuration parameter \"%s\" in file \"%s\" "
                                    "line %d", line->name, line->filename, line->sourceline)));
            line->errmsg = "unrecognized configuration parameter";
            ok = false;
            continue;
        }
        setting->in_file = true;
        for (ConfigFileLine *earlier = head; earlier != line; earlier = earlier->next)
            if (earlier->name && pg_strcasecmp(earlier->name, line->name) == 0)
                earlier->ignore = true;
    }
    return ok;
}

/* A setting whose line was taken out of the file goes back to its default. */
static void
reset_missing(GucContext context)
{
    for (int i = 0; i < config__count(); i++) {
        Setting *setting = config__at(i);

        if (setting->in_file || setting->reset_source != PGC_S_FILE)
            continue;
        if (setting->context < PGC_SIGHUP) {
            if (!config__equal(setting, setting->current.scalar, setting->boot)) {
                setting->pending_restart = true;
                ereport(LOG, (errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
                              errmsg("parameter \"%s\" cannot be changed without restarting the "
                                     "server", setting->name)));
            }
            continue;
        }
        if (setting->source == PGC_S_FILE)
            setting->source = PGC_S_DEFAULT;
        setting->reset_source = PGC_S_DEFAULT;
        for (SettingStack *stack = setting->stack; stack; stack = stack->prev)
            if (stack->source == PGC_S_FILE)
                stack->source = PGC_S_DEFAULT;
        set_config_option(setting->name, NULL, context, PGC_S_DEFAULT, GUC_ACTION_SET, true, 0,
                          true);
        if (context == PGC_SIGHUP)
            ereport(LOG, (errmsg("parameter \"%s\" removed from configuration file, reset to "
                                 "default", setting->name)));
    }
}

static void
remember_place(Setting *setting, const ConfigFileLine *line)
{
    guc_free(setting->sourcefile);
    setting->sourcefile = guc_strdup(LOG, line->filename);
    setting->sourceline = line->sourceline;
}

/* Sets one line; false when it was refused. */
static bool
apply_line(const ConfigFileLine *line, GucContext context, int elevel, bool is_postmaster)
{
    Setting *setting = config__find(line->name);
    char *before = config__format(setting, setting->current.scalar, true);
    int result = set_config_option(line->name, line->value, context, PGC_S_FILE, GUC_ACTION_SET,
                                   true, elevel, true);

    if (result == 0 && !setting->pending_restart)
        return false;
    remember_place(setting, line);
    if (context == PGC_SIGHUP && is_postmaster && result == 1) {
        char *after = config__format(setting, setting->current.scalar, true);

        if (strcmp(before, after) != 0)
            ereport(LOG, (errmsg("parameter \"%s\" changed to \"%s\"", line->name, line->value)));
    }
    return true;
}

static pid_t first_pid; /* who read the file first is the postmaster, which logs changes */

TimestampTz PgReloadTime;

void
ProcessConfigFile(GucContext context)
{
    MemoryContext context_memory = AllocSetContextCreate(
        CurrentMemoryContext, "configuration file", ALLOCSET_DEFAULT_SIZES); /* this call */
    MemoryContext caller = MemoryContextSwitchTo(context_memory);
    ConfigFileLine *head = NULL, *tail = NULL;
    bool is_postmaster = first_pid == 0 || first_pid == getpid();
    int elevel = context == PGC_POSTMASTER ? LOG : is_postmaster ? LOG : DEBUG2;
    bool applied = false;

    if (first_pid == 0)
        first_pid = getpid();
    PgReloadTime = GetCurrentTimestamp();

    bool ok = ParseConfigFile(ConfigFileName, true, NULL, 0, 0, elevel, &head, &tail);

    ok = ok && check_names(head, elevel);
    if (ok) {
        reset_missing(context);
        for (ConfigFileLine *line = head; line; line = line->next) {
            if (!line->name || line->ignore)
                continue;
            applied = true;
            if (!apply_line(line, context, elevel, is_postmaster)) {
                ok = false;
                ereport(elevel, (errmsg("configuration file \"%s\" line %d: parameter \"%s\" was "
                                        "not changed", line->filename, line->sourceline,
                                        line->name)));
            }
        }
    }
    if (!ok && context == PGC_POSTMASTER)
        ereport(FATAL, (errcode(ERRCODE_CONFIG_FILE_ERROR),
                        errmsg("configuration file \"%s\" contains errors", ConfigFileName)));
    if (!ok && is_postmaster)
        ereport(LOG, (errcode(ERRCODE_CONFIG_FILE_ERROR),
                      applied ? errmsg("configuration file \"%s\" contains errors; unaffected "
                                       "changes were applied", ConfigFileName)
                              : errmsg("configuration file \"%s\" contains errors; no changes "
                                       "were applied", ConfigFileName)));
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context_memory);
}

/* ---- finding the files ---- */

static char *
absolute_path(const char *path)
{
    char cwd[MAXPGPATH];

    if (path[0] == '/')
        return guc_strdup(FATAL, path);
    if (!getcwd(cwd, sizeof cwd))
        ereport(FATAL, (errmsg("could not get current working directory: %m")));

    char *joined = psprintf("%s/%s", cwd, path);
    char *result = guc_strdup(FATAL, joined);

    pfree(joined);
    return result;
}

static void
set_path(const char *name, const char *file)
{
    char *path = psprintf("%s/%s", DataDir, file);

    SetConfigOption(name, path, PGC_POSTMASTER, PGC_S_OVERRIDE);
    pfree(path);
}

bool
config_select_files(const char *user_data_directory)
{
    const char *chosen = user_data_directory ? user_data_directory : getenv("PGDATA");
    struct stat status;

    if (!chosen && !ConfigFileName) {
        fprintf(stderr, "sengi does not know where to find the server configuration file.\n"
                        "You must specify the --config-file or -D invocation option or set the "
                        "PGDATA environment variable.\n");
        return false;
    }
    if (chosen && stat(chosen, &status) != 0) {
        fprintf(stderr, "sengi: could not access directory \"%s\": %s\n", chosen,
                strerror(errno));
        if (errno == ENOENT)
            fprintf(stderr, "Run sengi-initdb to initialize a database cluster.\n");
        return false;
    }
    if (chosen)
        DataDir = absolute_path(chosen);
    if (!ConfigFileName)
        set_path("config_file", "postgresql.conf");
    if (stat(ConfigFileName, &status) != 0) {
        fprintf(stderr, "sengi: could not access the server configuration file \"%s\": %s\n",
                ConfigFileName, strerror(errno));
        return false;
    }
    ProcessConfigFile(PGC_POSTMASTER);
    if (data_directory)
        DataDir = absolute_path(data_directory);
    if (!DataDir) {
        fprintf(stderr, "sengi does not know where to find the database system data.\n");
        return false;
    }
    SetConfigOption("data_directory", DataDir, PGC_POSTMASTER, PGC_S_OVERRIDE);
    if (!HbaFileName)
        set_path("hba_file", "pg_hba.conf");
    if (!IdentFileName)
        set_path("ident_file", "pg_ident.conf");
    return true;
}
