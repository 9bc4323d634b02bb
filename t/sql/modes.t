# Claim: an answer does not depend on batch size, plan reuse, caches, buffers or working memory.
# Method: the whole SQL suite under each setting that forces a rare path; every output must be the
# expected one. SENGI_SQL_MODES names the only modes to run, by number.

use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Node;
use SqlFile;

my @modes = (
    'debug_batch_rows = 1',
    'debug_batch_rows = 2',
    'shape_cache = off',
    'shape_cache = twice',
    'debug_discard_caches = 1',
    'shared_buffers = 128kB',
    'work_mem = 64kB',
);
my %only = map { $_ => 1 } split /[\s,]+/, $ENV{SENGI_SQL_MODES} || '';

my $node = Node->new->init;
open my $in, '<', $node->data . '/postgresql.conf' or die "postgresql.conf: $!";
my $base = do { local $/; <$in> };
close $in;

for my $number (1 .. @modes) {
    next if %only && !$only{$number};
    my $mode = $modes[ $number - 1 ];
    open my $conf, '>', $node->data . '/postgresql.conf' or die "postgresql.conf: $!";
    print $conf $base, "$mode\n";
    close $conf;
    $node->start;
    my ($name, $value) = split / = /, $mode;
    is($node->sql("SHOW $name"), $value, "$mode is in force");
    my @different;
    for my $file (SqlFile::files()) {
        my $text = SqlFile::output($file, $node->client_options, '-d', 'postgres');
        my $difference = SqlFile::difference(SqlFile::expected($file), $text);
        next if $difference eq '';
        push @different, SqlFile::topic($file);
        diag("$mode\n$difference");
    }
    is("@different", '', $mode);
    $node->stop;
}
done_testing;
