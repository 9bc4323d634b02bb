# Claim: the rooms stand in one total order, and each includes headers only of itself and of those
# before it; every room has a README; no file grew past what one can hold in mind.
# Method: reads the order from meson.build and every #include from the sources.

use strict;
use warnings;
use FindBin qw($Bin);
use File::Find;
use Test::More;

my $root = "$Bin/../..";

sub slurp {
    open my $in, '<', $_[0] or die "$_[0]: $!";
    local $/;
    return scalar <$in>;
}

my $build = slurp("$root/meson.build");
my ($list) = $build =~ /^rooms = \[(.*?)\]/ms or die 'no list of rooms in meson.build';
my @rooms = $list =~ /'([^']+)'/g;
my (%rank, $n);
for my $room (@rooms) {
    (my $name = $room) =~ s{.*/}{};
    $rank{$name} = $n++;
}
$rank{format} = $rank{base};    # on-disk bytes: everybody's

for my $room (@rooms) {
    next unless -e "$root/src/$room/meson.build";
    (my $name = $room) =~ s{.*/}{};
    my @files = glob "$root/src/$room/*.[ch] $root/src/include/$name/*.h";
    my @bad;
    for my $file (@files) {
        my $text = slurp($file);
        while ($text =~ /^#include "(\w+)\/[\w.]+"/mg) {
            my $other = $1;
            next if !exists $rank{$other} || $rank{$other} <= $rank{$name};
            (my $short = $file) =~ s{.*/src/}{};
            push @bad, "$short includes $other";
        }
    }
    is(join("\n", @bad), '', "$name includes only rooms before it");
    next if $name eq 'backend';
    ok(-s "$root/src/$room/README.md", "$name has a README");
}

my (@long, @words, @paths);
find({ no_chdir => 1, wanted => sub {
    return unless /\.[ch]$/;
    my $text = slurp($_);
    (my $short = $_) =~ s{.*/(src|tools)/}{$1/};
    my $lines = () = $text =~ /\n/g;
    push @long, "$short: $lines lines" if $lines > 1200;
    push @words, $short if $text =~ m{\b(TODO|FIXME|XXX)\b};
} }, "$root/src", "$root/tools");
is(join("\n", @long), '', 'no source file has more than 1,200 lines');
is(join("\n", @words), '', 'no source file leaves work undone in a comment');

done_testing();
