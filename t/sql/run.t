# Claim: SQL answers as PostgreSQL 15 does: rows, their format, errors, hints and positions.
# Method: each file t/sql/TOPIC.sql through psql; its output must be t/sql/expected/TOPIC.out,
# which tools/dev/sql-expected made with PostgreSQL 15. SENGI_SQL_TOPICS names the only ones to run.

use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Node;
use SqlFile;

my $node = Node->new->init->start;
my %only = map { $_ => 1 } split /[\s,]+/, $ENV{SENGI_SQL_TOPICS} || '';

for my $file (SqlFile::files()) {
    my $topic = SqlFile::topic($file);
    next if %only && !$only{$topic};
    my $text = SqlFile::output($file, $node->client_options, '-d', 'postgres');
    my $difference = SqlFile::difference(SqlFile::expected($file), $text);
    is($difference, '', $topic);
}
$node->stop;
done_testing;
