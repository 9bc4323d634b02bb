#!/usr/bin/perl
# generate_errcodes.pl header|table errcodes.dat output
#
# header: one ERRCODE_ macro per line of the data file. table: macro values with condition names,
# sorted by SQLSTATE, for looking names up.
use strict;
use warnings;

my ($what, $input, $output) = @ARGV;
die "usage: generate_errcodes.pl header|table input output\n"
  unless defined $output && $what =~ /^(header|table)$/;

open my $in, '<', $input or die "$input: $!\n";
my @codes;
while (my $line = <$in>) {
    next if $line =~ /^\s*(#|$)/ || $line =~ /^[0-9A-Z]{2}\s/;
    $line =~ /^([0-9A-Z]{5}) ([SWE]) ([A-Z0-9_]+)(?: ([a-z0-9_]+|-))?$/
      or die "$input:$.: cannot read: $line";
    push @codes, {state => $1, macro => $3, name => $4 // lc $3};
}
close $in;

open my $out, '>', $output or die "$output: $!\n";
if ($what eq 'header') {
    print $out "/* errcodes.h - generated from data/errcodes.dat */\n",
      "#ifndef ERROR_ERRCODES_H\n#define ERROR_ERRCODES_H\n\n";
    for my $code (@codes) {
        my $letters = join ', ', map { "'$_'" } split //, $code->{state};
        print $out "#define ERRCODE_$code->{macro} MAKE_SQLSTATE($letters)\n";
    }
    print $out "\n#endif\n";
} else {
    print $out "/* error_names.inc - generated from data/errcodes.dat */\n";
    for my $code (sort { $a->{state} cmp $b->{state} } grep { $_->{name} ne '-' } @codes) {
        print $out "{ERRCODE_$code->{macro}, \"$code->{name}\"},\n";
    }
}
close $out or die "$output: $!\n";
