#!/usr/bin/perl
# gen_nodes.pl - writes copy, equal, out and read for the node structs of a header
#
# Usage: gen_nodes.pl TABLE_NAME OUTPUT INCLUDE=HEADER...
#
# Every `typedef struct X { ... } X;` whose first member is a NodeTag, `Expr xpr`, or another node
# struct becomes a row of TABLE_NAME, indexed by tag. One field per line. The marks of
# NODE_ATTR(...) are explained at the top of parser/query.h.
use strict;
use warnings;

my ($table, $output, @inputs) = @ARGV;
my (%struct, @order, %enum, %known, @generate);

for my $input (@inputs) {
    my ($mode, $path) = $input =~ /^(\w+)=(.*)$/ or die "bad argument $input\n";
    open my $in, '<', $path or die "$path: $!\n";
    my $text = do { local $/; <$in> };
    $text =~ s{/\*.*?\*/}{}gs;
    $enum{$1} = 1 while $text =~ /typedef\s+enum\s+(\w+)/g;
    while ($text =~ /typedef\s+struct\s+(\w+)\s*\{(.*?)\n\}\s*\1\s*;/gs) {
        my ($name, $body) = ($1, $2);
        $struct{$name} = $body;
        $known{$name} = 1;
        push @order, $name if $mode eq 'generate';
    }
    while ($text =~ /typedef\s+(\w+)\s+(\w+);/g) {
        next unless $struct{$1};
        $struct{$2} = $struct{$1};
        $known{$2} = 1;
        push @order, $2 if $mode eq 'generate';
    }
    push @generate, $path if $mode eq "generate";
}

my %signed = map { $_ => 1 }
    qw(int int16 int32 int64 AttrNumber long ParseLoc StrategyNumber ScanDirection);
my %unsigned = map { $_ => 1 }
    qw(Oid Index uint8 uint16 uint32 uint64 bits32 AclMode Size TransactionId);
my %floating = map { $_ => 1 } qw(double float Cost Cardinality Selectivity);

# The fields of a struct as [type, stars, access path, marks], with embedded node heads flattened.
# Returns undef for what is not a node.
sub fields_of {
    my ($name, $prefix) = @_;
    my (@fields, $first);
    for my $line (split /\n/, $struct{$name}) {
        next unless $line =~ /\S/;
        $line =~ /^\s*(?:const\s+)?(?:struct\s+)?(\w+)\s+(\**)\s*(\w+)\s*(?:NODE_ATTR\((.*)\))?\s*;/
            or die "$name: cannot read '$line'\n";
        my ($type, $stars, $field, $marks) = ($1, $2, $3, $4 // '');
        if (!$first++) {
            return undef if $stars;
            if ($type eq 'NodeTag') { next }
            if ($type eq 'Expr') { next }
            return undef unless $struct{$type};
            my $inner = fields_of($type, "$prefix$field.") or return undef;
            push @fields, @$inner;
            next;
        }
        push @fields, [$type, $stars, "$prefix$field", $marks, $field];
    }
    return \@fields;
}

my %abstract = map { $_ => 1 } qw(Expr Plan Scan Join Path Integer Float Boolean String BitString);
my @rows;
my $code = '';
for my $name (@order) {
    next if $abstract{$name};
    my $fields = fields_of($name, '') or next;
    my @sorted = ((grep { $_->[0] ne 'Datum' } @$fields), (grep { $_->[0] eq 'Datum' } @$fields));
    my ($copy, $equal, $out, $read) = ('', '', '', '');
    for my $f (@sorted) {
        my ($type, $stars, $path, $marks, $field) = @$f;
        next if $marks =~ /\bignore\b/;
        my $quiet = $marks =~ /equal_ignore/ || $field eq 'location' || $type eq 'CoercionForm';
        my $cmp;
        if ($marks =~ /utility/) {
            $copy .= "    to->$path = node_copy_raw(from->$path);\n";
            $cmp = "a->$path != b->$path";
            $out .= "    if (node->$path != NULL)\n"
                . "        elog(ERROR, \"utility statements cannot be stored\");\n";
        } elsif ($marks =~ /as_scalar/) {
            $cmp = "a->$path != b->$path";
        } elsif ($marks =~ /array_size\((\w+)\)/) {
            my $size = $1;
            (my $base = $path) =~ s/\w+$//;
            my $count = "$base$size";
            my $bytes = "sizeof($type) * from->$count";
            $copy .= "    to->$path = node_copy_array(from->$path, $bytes);\n";
            $cmp = "node_array_differs(a->$path, b->$path, sizeof($type) * a->$count)";
            my $conv = $type eq 'bool' ? '%d' : $signed{$type} ? '%d' : '%u';
            $out .= "    appendStringInfoString(str, \" :$field (\");\n"
                . "    for (int i = 0; node->$path != NULL && i < node->$count; i++)\n"
                . "        appendStringInfo(str, \" $conv\", node->$path" . "[i]);\n"
                . "    appendStringInfoString(str, \" )\");\n";
            $read .= "    node_read_label(reader, \":$field\");\n"
                . "    node->$path = palloc0(sizeof($type) * (node->$count + 1));\n"
                . "    node_read_label(reader, \"(\");\n"
                . "    for (int i = 0; i < node->$count; i++)\n"
                . "        node->$path" . "[i] = ($type) node_read_int(reader);\n"
                . "    node_read_label(reader, \")\");\n";
        } else {
            $out .= "    appendStringInfoString(str, \" :$field \");\n";
            $read .= "    node_read_label(reader, \":$field\");\n";
            if ($stars eq '*' && $type eq 'char') {
                $copy .= "    to->$path = from->$path ? pstrdup(from->$path) : NULL;\n";
                $cmp = "!node_equal_string(a->$path, b->$path)";
                $out .= "    node_out_token(str, node->$path);\n";
                $read .= "    node->$path = node_read_string(reader);\n";
            } elsif ($stars eq '*' && $type eq 'Bitmapset') {
                $copy .= "    to->$path = bms_copy(from->$path);\n";
                $cmp = "!bms_equal(a->$path, b->$path)";
                $out .= "    node_out_bitmapset(str, node->$path);\n";
                $read .= "    node->$path = node_read_bitmapset(reader);\n";
            } elsif ($stars eq '*' && ($known{$type} || $type =~ /^(List|Node|Expr|Plan)$/)) {
                $copy .= "    to->$path = copyObjectImpl(from->$path);\n";
                $cmp = "!equal(a->$path, b->$path)";
                $out .= "    node_out(str, node->$path);\n";
                $read .= "    node->$path = node_read(reader);\n";
            } elsif ($stars ne '') {
                die "$name.$field: no support for type $type $stars\n";
            } elsif ($type eq 'Datum') {
                $copy .= "    if (!from->constisnull)\n        to->$path = "
                    . "node_copy_datum(from->$path, from->constbyval, from->constlen);\n";
                $cmp = "!a->constisnull && "
                    . "!node_equal_datum(a->$path, b->$path, a->constbyval, a->constlen)";
                $out .= "    if (node->constisnull)\n"
                    . "        appendStringInfoString(str, \"<>\");\n    else\n"
                    . "        node_out_datum(str, node->$path, node->constlen, node->constbyval);\n";
                $read .= "    if (node->constisnull)\n        node_read_label(reader, \"<>\");\n"
                    . "    else\n        node->$path = "
                    . "node_read_datum(reader, node->constlen, node->constbyval);\n";
            } elsif ($type eq 'bool') {
                $cmp = "a->$path != b->$path";
                $out .= "    appendStringInfoString(str, node->$path ? \"true\" : \"false\");\n";
                $read .= "    node->$path = node_read_bool(reader);\n";
            } elsif ($type eq 'char') {
                $cmp = "a->$path != b->$path";
                $out .= "    node_out_char(str, node->$path);\n";
                $read .= "    node->$path = node_read_char(reader);\n";
            } elsif ($floating{$type}) {
                $cmp = "a->$path != b->$path";
                $out .= "    appendStringInfo(str, \"%.17g\", (double) node->$path);\n";
                $read .= "    node->$path = node_read_float(reader);\n";
            } elsif ($unsigned{$type}) {
                $cmp = "a->$path != b->$path";
                $out .= "    appendStringInfo(str, \"%llu\", (unsigned long long) node->$path);\n";
                $read .= "    node->$path = ($type) node_read_uint(reader);\n";
            } elsif ($signed{$type} || $enum{$type}) {
                $cmp = "a->$path != b->$path";
                $out .= "    appendStringInfo(str, \"%lld\", (long long) node->$path);\n";
                $read .= "    node->$path = ($type) node_read_int(reader);\n";
                $read .= "    node->$path = -1;\n" if $field eq 'location';
            } else {
                die "$name.$field: unknown type $type\n";
            }
        }
        $equal .= "    if ($cmp)\n        return false;\n" unless $quiet;
    }
    my $row = "[T_$name] = {\"" . uc($name) . "\", sizeof($name)";
    my %part = (copy => $copy, equal => $equal, out => $out, read => $read);
    my %head = (
        copy => ["static void\ncopy_$name(void *to_node, const void *from_node)\n{\n",
            "    $name *to = to_node;\n    const $name *from = from_node;\n\n", ''],
        equal => ["static bool\nequal_$name(const void *a_node, const void *b_node)\n{\n",
            "    const $name *a = a_node;\n    const $name *b = b_node;\n\n", "    return true;\n"],
        out => ["static void\nout_$name(StringInfo str, const void *raw_node)\n{\n",
            "    const $name *node = raw_node;\n\n", ''],
        read => ["static void\nread_$name(struct NodeReader *reader, void *raw_node)\n{\n",
            "    $name *node = raw_node;\n\n", ''],
    );
    for my $kind (qw(copy equal out read)) {
        if ($part{$kind} eq '') {
            $row .= ', ' . ($kind eq 'equal' ? 'node_always_equal' : 'NULL');
            next;
        }
        my ($start, $locals, $end) = @{$head{$kind}};
        $code .= $start . $locals . $part{$kind} . $end . "}\n\n";
        $row .= ", ${kind}_$name";
    }
    push @rows, "    $row},\n";
}

open my $fh, '>', $output or die "$output: $!\n";
print $fh "/* Generated by gen_nodes.pl; do not edit. */\n";
for my $path (@generate) {
    (my $header = $path) =~ s{^.*include/}{};
    print $fh "#include \"$header\"\n";
}
print $fh "#include \"error/error.h\"\n#include \"memory/memory.h\"\n";
print $fh "#include \"parser/nodefuncs.h\"\n\n";
print $fh "extern const NodeSupport $table\[NODE_TAG_COUNT];\n\n";
print $fh $code;
print $fh "const NodeSupport $table\[NODE_TAG_COUNT] = {\n", @rows, "};\n";
close $fh or die "$output: $!\n";
