#!/usr/bin/perl
# generate.pl - turns data/catalog/*.dat into C
#
#   generate.pl oids DATA OUT.h            the numbers of built-in objects and catalog columns
#   generate.pl data DATA OUT.c            the typed arrays, their indexes, the bootstrap rows
#   generate.pl keywords DATA OUT.h        the rows of pg_get_keywords()
#   generate.pl functions DATA OUT.c LIB.. pointers to the C functions that the libraries define
#
# A .dat file has one row a line: key=value pairs, a value in double quotes where it holds blanks,
# ~ for NULL. The @columns line gives the order, the @defaults line what a row need not say.
use strict;
use warnings;

my ($mode, $data, $out, @libraries) = @ARGV;
my %tables;

sub parse_pairs {
    my ($line) = @_;
    my %row;
    while ($line =~ /\G\s*([a-z_0-9]+)(?:=("(?:[^"\\]|\\.)*"|\S*))?/gc) {
        my ($key, $value) = ($1, $2);
        $value = 1 unless defined $value;
        if ($value =~ s/^"(.*)"$/$1/s) {
            $value =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/ge;
        } elsif ($value eq '~') {
            $value = undef;
        }
        $row{$key} = $value;
    }
    return \%row;
}

sub load {
    my ($name) = @_;
    return @{$tables{$name}} if $tables{$name};
    my (@rows, $defaults);
    open my $in, '<', "$data/$name.dat" or die "$data/$name.dat: $!";
    while (my $line = <$in>) {
        chomp $line;
        next if $line =~ /^#|^\s*$|^\@columns/;
        if ($line =~ s/^\@defaults\s*//) { $defaults = parse_pairs($line); next }
        push @rows, { %$defaults, %{parse_pairs($line)} };
    }
    $tables{$name} = \@rows;
    return @rows;
}

# ---- names to numbers ----
my (%type, %type_row, %proc, %operator, %relation);
my %am = ('-' => 0, heap => 2, btree => 403, hash => 405);
my %collation = ('' => 0, default => 100, C => 950);

sub type_oid { my ($n) = @_; return 0 if $n eq '-' || $n eq '0'; return $type{$n} // die "type $n" }
sub proc_oid {
    my ($n) = @_;
    return 0 if $n eq '-' || $n eq '0';
    return $n if $n =~ /^\d+$/;
    return $proc{$n} // die "function $n";
}
sub operator_oid { my ($n) = @_; return $n eq '-' ? 0 : $operator{$n} // die "operator $n" }

sub load_names {
    for my $t (load('pg_type')) { $type{$t->{typname}} = $t->{oid}; $type_row{$t->{oid}} = $t }
    my %seen;
    for my $p (load('pg_proc')) {
        $seen{$p->{proname}}++;
        (my $args = $p->{proargtypes}) =~ s/ /,/g;
        $proc{"$p->{proname}($args)"} = $p->{oid};
        $p->{types} = [map { type_oid($_) } split / /, $p->{proargtypes}];
    }
    for my $p (load('pg_proc')) {
        $proc{$p->{proname}} = $p->{oid} unless defined $proc{$p->{proname}} && $seen{$p->{proname}} > 1;
    }
    for my $o (load('pg_operator')) {
        $operator{"$o->{oprname}($o->{oprleft},$o->{oprright})"} = $o->{oid};
    }
    for my $o (load('pg_operator')) {
        $o->{$_} = type_oid($o->{$_}) for qw(oprleft oprright oprresult);
        $o->{$_} = operator_oid($o->{$_}) for qw(oprcom oprnegate);
        $o->{$_} = proc_oid($o->{$_}) for qw(oprcode oprrest oprjoin);
    }
    for my $t (load('pg_type')) {
        $t->{$_} = type_oid($t->{$_} // '-') for qw(typelem typarray);
        $t->{$_} = proc_oid($t->{$_}) for qw(typsubscript typinput typoutput typreceive typsend
                                             typmodin typmodout typanalyze);
    }
    for my $p (load('pg_proc')) {
        $p->{$_} = type_oid($p->{$_}) for qw(provariadic prorettype);
        $p->{prosupport} = proc_oid($p->{prosupport});
        $p->{alltypes} = [map { type_oid($_) } split / /, $p->{proallargtypes}]
          if defined $p->{proallargtypes};
    }
    for my $c (load('pg_cast')) {
        $c->{$_} = type_oid($c->{$_}) for qw(castsource casttarget);
        $c->{castfunc} = proc_oid($c->{castfunc});
    }
    for my $a (load('pg_aggregate')) {
        $a->{$_} = proc_oid($a->{$_})
          for qw(aggfnoid aggtransfn aggfinalfn aggcombinefn aggserialfn aggdeserialfn
                 aggmtransfn aggminvtransfn aggmfinalfn);
        $a->{aggsortop} = operator_oid($a->{aggsortop});
        $a->{$_} = type_oid($a->{$_}) for qw(aggtranstype aggmtranstype);
    }
    for my $c (load('pg_opclass')) {
        $c->{opcmethod} = $am{$c->{opcmethod}};
        $c->{$_} = type_oid($c->{$_}) for qw(opcintype opckeytype);
    }
    $_->{opfmethod} = $am{$_->{opfmethod}} for load('pg_opfamily');
    for my $a (load('pg_amop')) {
        $a->{$_} = type_oid($a->{$_}) for qw(amoplefttype amoprighttype);
        $a->{amopopr} = operator_oid($a->{amopopr});
        $a->{amopmethod} = $am{$a->{amopmethod}};
    }
    for my $a (load('pg_amproc')) {
        $a->{$_} = type_oid($a->{$_}) for qw(amproclefttype amprocrighttype);
        $a->{amproc} = proc_oid($a->{amproc});
    }
    $_->{lanvalidator} = proc_oid($_->{lanvalidator}) for load('pg_language');
}

sub by_oid { return sort { $a->{oid} <=> $b->{oid} } @_ }

# ---- the catalogs themselves ----
my @catalogs;
sub load_catalogs {
    open my $in, '<', "$data/catalogs.dat" or die;
    while (<$in>) {
        chomp;
        next if /^#|^\s*$/;
        my ($kind, $rest) = /^(\w+)\s+(.*)/ or die;
        my $row = parse_pairs($rest);
        if ($kind eq 'table') { push @catalogs, $row; $relation{$row->{name}} = $row }
        else { push @{$catalogs[-1]{$kind}}, $row }
    }
}

my %class_names = (
    pg_class => 'Relation', pg_attribute => 'Attribute', pg_type => 'Type', pg_proc => 'Procedure',
    pg_namespace => 'Namespace', pg_database => 'Database', pg_authid => 'AuthId',
    pg_constraint => 'Constraint', pg_attrdef => 'AttrDefault', pg_index => 'Index',
    pg_operator => 'Operator', pg_opclass => 'OperatorClass', pg_opfamily => 'OperatorFamily',
    pg_am => 'AccessMethod', pg_amop => 'AccessMethodOperator',
    pg_amproc => 'AccessMethodProcedure', pg_aggregate => 'Aggregate', pg_cast => 'Cast',
    pg_collation => 'Collation', pg_language => 'Language', pg_tablespace => 'TableSpace',
    pg_rewrite => 'Rewrite', pg_trigger => 'Trigger', pg_description => 'Description',
    pg_shdescription => 'SharedDescription', pg_depend => 'Depend', pg_shdepend => 'SharedDepend',
    pg_statistic => 'Statistic', pg_inherits => 'Inherits', pg_sequence => 'Sequence',
    pg_auth_members => 'AuthMem', pg_db_role_setting => 'DbRoleSetting',
    pg_default_acl => 'DefaultAcl', pg_init_privs => 'InitPrivs', pg_policy => 'Policy',
    pg_enum => 'Enum', pg_range => 'Range', pg_extension => 'Extension',
    pg_conversion => 'Conversion', pg_partitioned_table => 'Partitioned',
    pg_event_trigger => 'EventTrigger', pg_foreign_table => 'ForeignTable',
    pg_foreign_server => 'ForeignServer', pg_foreign_data_wrapper => 'ForeignDataWrapper',
    pg_user_mapping => 'UserMapping', pg_largeobject => 'LargeObject',
    pg_largeobject_metadata => 'LargeObjectMetadata', pg_seclabel => 'SecLabel',
    pg_shseclabel => 'SharedSecLabel', pg_publication => 'Publication',
    pg_subscription => 'Subscription', pg_transform => 'Transform',
    pg_statistic_ext => 'StatisticExt', pg_ts_config => 'TSConfig', pg_ts_dict => 'TSDictionary',
    pg_ts_parser => 'TSParser', pg_ts_template => 'TSTemplate',
);

sub generate_oids {
    my $text = "/* Generated from data/catalog: numbers of built-in objects. */\n"
      . "#ifndef CATALOG_CATALOG_OIDS_H\n#define CATALOG_CATALOG_OIDS_H\n\n";
    for my $t (by_oid(load('pg_type'))) {
        my $n = uc $t->{typname};
        next if $t->{typtype} eq 'c' || ($n =~ /^_/ && $type_row{$t->{typelem}}{typtype} eq 'c');
        $n = $n =~ s/^_// ? "${n}ARRAYOID" : "${n}OID";
        $text .= "#define $n $t->{oid}\n";
    }
    $text .= "\n";
    for my $c (@catalogs) {
        my $n = $class_names{$c->{name}};
        $text .= "#define ${n}RelationId $c->{oid}\n" if $n && $n ne 'Relation';
        $text .= "#define RelationRelationId $c->{oid}\n" if $n && $n eq 'Relation';
        $text .= "#define \U$c->{name}\E_ROWTYPE $c->{rowtype}\n";
        my $i = 0;
        $text .= "#define Anum_$c->{name}_$_->{name} " . ++$i . "\n" for @{$c->{column}};
        $text .= "#define Natts_$c->{name} $i\n";
        $text .= "#define \U$_->{name}\E $_->{oid}\n" for @{$c->{index} // []};
        $text .= "\n";
    }
    my %count;
    $count{$_->{proname}}++ for load('pg_proc');
    for my $p (by_oid(load('pg_proc'))) {
        my $n = uc $p->{proname};
        $n .= '_' . uc($p->{proargtypes} =~ s/ /_/gr) if $count{$p->{proname}} > 1;
        $n =~ s/\W/_/g;
        $text .= "#define F_$n $p->{oid}\n";
    }
    $text .= "\n/* operators, by the function behind them */\n";
    my %code;
    $code{$_->{oprcode}}++ for load('pg_operator');
    for my $o (by_oid(load('pg_operator'))) {
        next if $code{$o->{oprcode}} > 1 && $o->{oprname} !~ /^(=|<>|<|>|<=|>=)$/;
        my ($p) = grep { $_->{oid} == $o->{oprcode} } load('pg_proc');
        next if $code{"name $p->{proname}"}++;
        $text .= "#define OPR_\U$p->{proname}\E $o->{oid}\n";
    }
    $text .= "\n";
    my %am_name = (403 => 'BTREE', 405 => 'HASH');
    for my $f (load('pg_opfamily')) {
        (my $n = uc $f->{opfname}) =~ s/_OPS$//;
        $text .= "#define ${n}_$am_name{$f->{opfmethod}}_FAM_OID $f->{oid}\n";
    }
    for my $c (load('pg_opclass')) {
        (my $n = uc $c->{opcname}) =~ s/_OPS$//;
        $text .= "#define ${n}_$am_name{$c->{opcmethod}}_OPS_OID $c->{oid}\n";
    }
    for my $r (load('pg_authid')) {
        $text .= "#define ROLE_\U$r->{rolname}\E $r->{oid}\n" if $r->{oid} != 10;
    }
    $text .= "#define $_\n" for split /\n/, <<'END';
BOOTSTRAP_SUPERUSERID 10
HEAP_TABLE_AM_OID 2
BTREE_AM_OID 403
HASH_AM_OID 405
PG_CATALOG_NAMESPACE 11
PG_TOAST_NAMESPACE 99
PG_PUBLIC_NAMESPACE 2200
INFORMATION_SCHEMA_NAMESPACE 13207
DEFAULTTABLESPACE_OID 1663
GLOBALTABLESPACE_OID 1664
DEFAULT_COLLATION_OID 100
C_COLLATION_OID 950
POSIX_COLLATION_OID 951
INTERNALlanguageId 12
ClanguageId 13
SQLlanguageId 14
TemplateDbOid 1
Template0DbOid 4
PostgresDbOid 5
END
    return $text . "\n#endif\n";
}

# ---- typed arrays ----
sub cstr {
    my ($s) = @_;
    $s =~ s/([\\"?])/\\$1/g;
    $s =~ s/\n/\\n/g;
    return "\"$s\"";
}
sub name_ { return '{' . cstr($_[0]) . '}' }
sub bool_ { return $_[0] eq 't' ? 1 : 0 }
sub char_ { my ($c) = @_; $c =~ s/(['\\])/\\$1/; return "'$c'" }

# Index from OID to position, as uint16; 0xffff where there is none.
sub oid_map {
    my ($name, @rows) = @_;
    my $max = $rows[-1]{oid};
    my @map = (65535) x ($max + 1);
    $map[$rows[$_]{oid}] = $_ for 0 .. $#rows;
    my $text = "const uint16 ${name}_by_oid[] = {";
    for my $i (0 .. $max) { $text .= ($i % 24 ? '' : "\n    ") . "$map[$i]," }
    return "$text\n};\nconst uint32 ${name}_max_oid = $max;\n";
}
sub name_map {
    my ($name, $column, @rows) = @_;
    my @order = sort { $rows[$a]{$column} cmp $rows[$b]{$column} || $a <=> $b } 0 .. $#rows;
    my $text = "const uint16 ${name}_by_name[] = {";
    for my $i (0 .. $#order) { $text .= ($i % 16 ? '' : "\n    ") . "$order[$i]," }
    return "$text\n};\n";
}
sub array_ {
    my ($type, $name, @items) = @_;
    return "const $type ${name}[] = {\n" . join('', map {"    {$_},\n"} @items) . "};\n"
      . "const int ${name}_count = " . scalar(@items) . ";\n";
}

sub type_align { return {c => 1, s => 2, i => 4, d => 8}->{$_[0]} }

sub symbol {
    my ($p) = @_;
    return $p->{prosrc} if $p->{prolang} eq 'internal';
    (my $args = $p->{proargtypes}) =~ s/ /_/g;
    return "sql_$p->{proname}_$args";
}

sub generate_arrays {
    my $text = '';
    my @types = by_oid(load('pg_type'));
    $text .= array_('TypeInfo', 'catalog__types', map {
        my $t = $_;
        "$t->{oid}, " . name_($t->{typname}) . ", 11, 10, $t->{typlen}, " . bool_($t->{typbyval})
          . ", " . char_($t->{typtype}) . ", " . char_($t->{typcategory}) . ", "
          . bool_($t->{typispreferred}) . ", 1, " . char_($t->{typdelim}) . ", "
          . char_($t->{typalign}) . ", " . char_($t->{typstorage}) . ", 0, "
          . join(', ', map { $t->{$_} } qw(typrelid typsubscript typelem typarray typinput typoutput
                                           typreceive typsend typmodin typmodout typanalyze))
          . ", 0, -1, 0, $t->{typcollation}"
    } @types);
    $text .= oid_map('catalog__types', @types) . name_map('catalog__types', 'typname', @types);

    my @procs = by_oid(load('pg_proc'));
    my %lang = (internal => 12, c => 13, sql => 14);
    $text .= array_('ProcInfo', 'catalog__procs', map {
        my $p = $_;
        "$p->{oid}, " . name_($p->{proname}) . ", " . ($p->{pronamespace} // 11)
          . ", 10, $lang{$p->{prolang}}, $p->{procost}, "
          . "$p->{prorows}, $p->{provariadic}, $p->{prosupport}, " . char_($p->{prokind}) . ", "
          . join(', ', map { bool_($p->{$_}) } qw(prosecdef proleakproof proisstrict proretset))
          . ", " . char_($p->{provolatile}) . ", " . char_($p->{proparallel}) . ", "
          . (defined $p->{proallargtypes} || defined $p->{proargnames} ? 1 : 0)
          . ", $p->{pronargs}, $p->{pronargdefaults}, $p->{prorettype}, {"
          . (join(', ', @{$p->{types}}) || '0') . "}"
    } @procs);
    $text .= oid_map('catalog__procs', @procs) . name_map('catalog__procs', 'proname', @procs);
    $text .= generate_outputs(@procs) . generate_defaults(@procs);

    my @ops = by_oid(load('pg_operator'));
    $text .= array_('OperatorInfo', 'catalog__operators', map {
        my $o = $_;
        "$o->{oid}, " . name_($o->{oprname}) . ", 11, 10, " . char_($o->{oprkind}) . ", "
          . bool_($o->{oprcanmerge}) . ", " . bool_($o->{oprcanhash}) . ", "
          . join(', ', map { $o->{$_} } qw(oprleft oprright oprresult oprcom oprnegate oprcode
                                           oprrest oprjoin))
    } @ops);
    $text .= oid_map('catalog__operators', @ops)
      . name_map('catalog__operators', 'oprname', @ops);

    my @casts = sort { $a->{castsource} <=> $b->{castsource} || $a->{casttarget} <=> $b->{casttarget} }
      load('pg_cast');
    $text .= array_('CastInfo', 'catalog__casts', map {
        "$_->{oid}, $_->{castsource}, $_->{casttarget}, $_->{castfunc}, "
          . char_($_->{castcontext}) . ", " . char_($_->{castmethod})
    } @casts);

    my @aggs = sort { $a->{aggfnoid} <=> $b->{aggfnoid} } load('pg_aggregate');
    $text .= array_('AggregateInfo', 'catalog__aggregates', map {
        my $a = $_;
        "$a->{aggfnoid}, " . char_($a->{aggkind}) . ", $a->{aggnumdirectargs}, "
          . join(', ', map { $a->{$_} } qw(aggtransfn aggfinalfn aggcombinefn aggserialfn
                       aggdeserialfn aggmtransfn aggminvtransfn aggmfinalfn)) . ", "
          . bool_($a->{aggfinalextra}) . ", " . bool_($a->{aggmfinalextra}) . ", "
          . char_($a->{aggfinalmodify}) . ", " . char_($a->{aggmfinalmodify})
          . ", $a->{aggsortop}, $a->{aggtranstype}, $a->{aggtransspace}, $a->{aggmtranstype}, "
          . "$a->{aggmtransspace}, " . (defined $a->{agginitval} ? 0 : 1) . ", "
          . (defined $a->{aggminitval} ? 0 : 1) . ", " . cstr($a->{agginitval} // '') . ", "
          . cstr($a->{aggminitval} // '')
    } @aggs);

    $text .= array_('OpclassInfo', 'catalog__opclasses', map {
        "$_->{oid}, " . name_($_->{opcname}) . ", 11, 10, $_->{opcmethod}, $_->{opcfamily}, "
          . "$_->{opcintype}, " . bool_($_->{opcdefault}) . ", $_->{opckeytype}"
    } by_oid(load('pg_opclass')));
    $text .= array_('OpfamilyInfo', 'catalog__opfamilies', map {
        "$_->{oid}, " . name_($_->{opfname}) . ", $_->{opfmethod}"
    } by_oid(load('pg_opfamily')));
    my @amops = sort {
        $a->{amopfamily} <=> $b->{amopfamily} || $a->{amoplefttype} <=> $b->{amoplefttype}
          || $a->{amoprighttype} <=> $b->{amoprighttype} || $a->{amopstrategy} <=> $b->{amopstrategy}
    } load('pg_amop');
    $text .= array_('AmopInfo', 'catalog__amops', map {
        "$_->{oid}, $_->{amopfamily}, $_->{amoplefttype}, $_->{amoprighttype}, $_->{amopstrategy}, "
          . "$_->{amopopr}, $_->{amopmethod}"
    } @amops);
    my @order = sort { $amops[$a]{amopopr} <=> $amops[$b]{amopopr}
                         || $amops[$a]{amopfamily} <=> $amops[$b]{amopfamily} } 0 .. $#amops;
    $text .= "const uint16 catalog__amops_by_operator[] = {" . join(',', @order) . "};\n";
    $text .= array_('AmprocInfo', 'catalog__amprocs', map {
        "$_->{oid}, $_->{amprocfamily}, $_->{amproclefttype}, $_->{amprocrighttype}, "
          . "$_->{amprocnum}, $_->{amproc}"
    } sort {
        $a->{amprocfamily} <=> $b->{amprocfamily} || $a->{amproclefttype} <=> $b->{amproclefttype}
          || $a->{amprocrighttype} <=> $b->{amprocrighttype} || $a->{amprocnum} <=> $b->{amprocnum}
    } load('pg_amproc'));
    $text .= array_('CollationInfo', 'catalog__collations', map {
        "$_->{oid}, " . name_($_->{collname}) . ", 11, 10, " . char_($_->{collprovider}) . ", "
          . bool_($_->{collisdeterministic}) . ", $_->{collencoding}, "
          . cstr($_->{collcollate} // '') . ", " . cstr($_->{collctype} // '') . ', ""'
    } by_oid(load('pg_collation')));
    $text .= "const char catalog__keywords[] =\n"
      . join('', map { '    ' . cstr("$_->{category}$_->{barelabel}$_->{word}") . " \"\\0\"\n" }
               load('keywords')) . ";\n"
      . "const int catalog__keywords_count = " . scalar(load('keywords')) . ";\n";
    return $text;
}

# Names and modes of arguments: text "i name\0o name\0...", found by position in catalog__procs.
sub generate_outputs {
    my @procs = @_;
    my (@items, $pool, @types);
    $pool = '';
    for my $i (0 .. $#procs) {
        my $p = $procs[$i];
        next unless defined $p->{proallargtypes} || defined $p->{proargnames};
        my @t = @{$p->{alltypes} // $p->{types}};
        my @m = defined $p->{proargmodes} ? split(/,/, $p->{proargmodes} =~ s/[{}]//gr) : ('i') x @t;
        my @n = defined $p->{proargnames} ? split(/,/, $p->{proargnames} =~ s/[{}"]//gr, -1)
          : ('') x @t;
        die "$p->{proname}: @n" unless @m == @t && @n == @t;
        push @items, "$i, " . scalar(@t) . ", " . scalar(@types) . ", " . length($pool);
        push @types, @t;
        $pool .= join('', map { "$m[$_]$n[$_]\0" } 0 .. $#t);
    }
    my $lines = join("\n", map { '    "' . s/\0/\\0/gr . '"' } unpack('(A0)*', ''), split_pool($pool));
    return array_('ProcOutputIndex', 'catalog__proc_outputs', @items)
      . "const Oid catalog__proc_output_types[] = {" . join(',', @types) . "};\n"
      . "const char catalog__proc_output_names[] =\n$lines;\n";
}
sub split_pool {
    my ($pool) = @_;
    my @parts = split /(?<=\0)/, $pool;
    return @parts;
}
sub generate_defaults {
    my @procs = @_;
    my @items;
    for my $i (0 .. $#procs) {
        my $p = $procs[$i];
        push @items, "$i, " . cstr($p->{proargdefaults}) if defined $p->{proargdefaults};
    }
    return array_('ProcDefaults', 'catalog__proc_defaults', @items);
}

# ---- catalogs ----
sub generate_catalogs {
    my (@columns, @indexes, @tables);
    for my $c (sort { $a->{oid} <=> $b->{oid} } @catalogs) {
        my $first = @columns;
        my $n = 0;
        my %number;
        for my $col (@{$c->{column}}) {
            my $t = $type_row{$type{$col->{type}} // die $col->{type}};
            $number{$col->{name}} = ++$n;
            push @columns, name_($col->{name}) . ", $t->{oid}, $t->{typlen}, "
              . bool_($t->{typbyval}) . ", " . char_($t->{typalign}) . ", "
              . char_($t->{typstorage}) . ", " . ($col->{notnull} ? 1 : 0) . ", "
              . ($col->{ndims} // 0) . ", " . $collation{$col->{collation} // ''};
        }
        my $first_index = @indexes;
        for my $i (sort { $a->{oid} <=> $b->{oid} } @{$c->{index} // []}) {
            my @k = map { $number{$_} // die } split /,/, $i->{columns};
            my @ty = map { $type{$c->{column}[$_ - 1]{type}} } @k;
            push @indexes, "$i->{oid}, " . name_($i->{name}) . ", $c->{oid}, "
              . ($i->{unique} ? 1 : 0) . ", " . ($i->{primary} ? 1 : 0) . ", "
              . ($i->{constraint} // 0) . ", " . scalar(@k) . ", {" . join(', ', @k) . "}, {"
              . join(', ', map { default_opclass($_) } @ty) . "}";
        }
        push @tables, "$c->{oid}, " . name_($c->{name}) . ", $c->{rowtype}, "
          . "$c->{arraytype}, $c->{shared}, " . ($c->{toast} // 0) . ", " . ($c->{toastindex} // 0)
          . ", $first, $n, $first_index, " . (@indexes - $first_index);
    }
    return array_('CatalogColumn', 'catalog__columns', @columns)
      . array_('CatalogIndex', 'catalog__indexes', @indexes)
      . array_('CatalogTable', 'catalog__tables', @tables);
}
sub default_opclass {
    my ($oid) = @_;
    my %as = (24 => 26);    # regproc keys are compared as oid
    $oid = $as{$oid} // $oid;
    for my $c (load('pg_opclass')) {
        return $c->{oid} if $c->{opcmethod} == 403 && $c->{opcintype} == $oid && bool_($c->{opcdefault});
    }
    die "no operator class for $oid";
}

# ---- rows that fill the catalogs of a new cluster, as text, column after column ----
my %row_defaults = (
    pg_type => {typnamespace => 11, typowner => 10, typisdefined => 't', typnotnull => 'f',
                typbasetype => 0, typtypmod => -1, typndims => 0},
    pg_proc => {pronamespace => 11, proowner => 10},
    pg_operator => {oprnamespace => 11, oprowner => 10},
    pg_opclass => {opcnamespace => 11, opcowner => 10},
    pg_opfamily => {opfnamespace => 11, opfowner => 10},
    pg_amop => {amopsortfamily => 0},
    pg_collation => {collnamespace => 11, collowner => 10},
    pg_language => {lanowner => 10},
);
my %classes = (pg_type => 1247, pg_proc => 1255, pg_operator => 2617, pg_am => 2601,
               pg_collation => 3456, pg_language => 2612, pg_namespace => 2615);

sub row_value {
    my ($table, $row, $column) = @_;
    my $v = $row->{$column} // $row_defaults{$table}{$column};
    if ($table eq 'pg_proc') {
        my %lang = (internal => 12, c => 13, sql => 14);
        return $lang{$row->{prolang}} if $column eq 'prolang';
        return join(' ', @{$row->{types}}) if $column eq 'proargtypes';
        return defined $row->{alltypes} ? '{' . join(',', @{$row->{alltypes}}) . '}' : undef
          if $column eq 'proallargtypes';
        return undef if $column eq 'proargdefaults';
    }
    return $v;
}
# One C string literal: NUL after each value, \1 for NULL.
sub row_text {
    my $line = join('', map { (defined $_ ? substr(cstr($_), 1, -1) : '\001') . '\000' } @_);
    $line =~ s/\\000(?!\d)/\\0/g;
    return "    \"$line\"\n";
}
sub generate_rows {
    my $text = '';
    my @tables = qw(pg_type pg_proc pg_operator pg_cast pg_aggregate pg_am pg_opclass pg_opfamily
                    pg_amop pg_amproc pg_collation pg_language pg_namespace pg_authid
                    pg_auth_members pg_tablespace);
    my @index;
    for my $t (@tables) {
        my $c = $relation{$t};
        $text .= "static const char rows_$t\[] =\n";
        my $n = 0;
        for my $row (load($t)) {
            $n++;
            my @v = map { row_value($t, $row, $_->{name}) } @{$c->{column}};
            $text .= row_text(@v);
        }
        $text .= ";\n";
        push @index, "$c->{oid}, $n, rows_$t";
    }
    my ($n, $lines) = (0, '');
    for my $t (@tables) {
        next unless $classes{$t};
        for my $row (load($t)) {
            next unless length($row->{descr} // '');
            $n++;
            $lines .= row_text($row->{oid}, $classes{$t}, 0, $row->{descr});
        }
    }
    $text .= "static const char rows_pg_description[] =\n$lines;\n";
    push @index, "$relation{pg_description}{oid}, $n, rows_pg_description";
    return $text . array_('BootstrapRows', 'catalog__bootstrap_rows', @index);
}

sub generate_functions {
    my %defined;
    for my $lib (@libraries) {
        next unless $lib =~ /\.a$/;
        open my $nm, '-|', 'nm', '-g', '--defined-only', $lib or die "nm: $!";
        while (<$nm>) { $defined{$1} = 1 if /^[0-9a-f]+ T (\w+)$/ }
    }
    my @procs = by_oid(load('pg_proc'));
    my (%declared, $declarations, $table);
    $declarations = $table = '';
    for my $p (@procs) {
        my $s = symbol($p);
        if ($p->{prokind} ne 'f' || !$defined{$s}) { $table .= "    NULL,\n"; next }
        $declarations .= "extern Datum $s(PG_FUNCTION_ARGS);\n" unless $declared{$s}++;
        $table .= "    $s,\n";
    }
    return "/* Generated: the C functions behind the built-in functions, in OID order. */\n"
      . "#include \"base/fmgr.h\"\n#include \"catalog/catalog.h\"\n\n$declarations\n"
      . "extern const PGFunction builtin_functions[];\nextern const int builtin_functions_count;\n"
      . "const PGFunction builtin_functions[] = {\n$table};\n"
      . "const int builtin_functions_count = " . scalar(@procs) . ";\n";
}

load_names();
load_catalogs();
my $text;
if ($mode eq 'oids') {
    $text = generate_oids();
} elsif ($mode eq 'functions') {
    $text = generate_functions();
} elsif ($mode eq 'keywords') {
    $text = join '', map { my $bare = $_->{barelabel} eq 'f' ? 'false' : 'true';
                           "    {\"$_->{word}\", '$_->{category}', $bare},\n" } load('keywords');
} elsif ($mode eq 'data') {
    $text = "/* Generated from data/catalog. */\n#include \"catalog_data.h\"\n\n"
      . generate_arrays() . generate_catalogs() . generate_rows();
} else {
    die "unknown mode $mode";
}
open my $file, '>', $out or die "$out: $!";
print $file $text;
close $file or die;
