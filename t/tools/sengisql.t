# Claim: sengisql runs commands and files, stops where ON_ERROR_STOP says so, ends with psql's exit
# codes, prints psql's formats, copies files, and describes what the catalog holds.
# Method: the program a user runs, from outside, against one server.

use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Node;

my $node = Node->new;
$node->init->start;
my $program = Node::bin_dir() . '/sengisql';

sub client {
    return $node->run($program, '-X', $node->client_options, '-d', 'postgres', @_);
}

sub shows {
    my ($name, $wanted, @arguments) = @_;
    my ($status, $out, $err) = client(@arguments);
    is("$status\n$out$err", "0\n$wanted", $name);
    return;
}

sub script {
    my ($text) = @_;
    my $path = $node->dir . '/script.sql';
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file;
    return $path;
}

# formats
shows('aligned', " n |  t  \n---+-----\n 1 | abc\n(1 row)\n\n", '-c', "SELECT 1 AS n, 'abc' AS t");
shows('lines in a cell', "  t   \n------\n ab  +\n cdef\n(1 row)\n\n", '-c',
    "SELECT E'ab\\ncdef' AS t");
shows('border 2', "+---+----+\n| n | t  |\n+---+----+\n| 1 | ab |\n+---+----+\n(1 row)\n\n",
    '-P', 'border=2', '-c', "SELECT 1 AS n, 'ab' AS t");
shows('rows only', " 1\n\n", '-t', '-c', 'SELECT 1 AS n');
shows('expanded', "-[ RECORD 1 ]\nn | 1\nt | ab\n\n", '-x', '-c', "SELECT 1 AS n, 'ab' AS t");
shows('unaligned', "n|t\n1|\n(1 row)\n", '-A', '-c', 'SELECT 1 AS n, NULL AS t');
shows('a separator and a NULL', "1;nil\n", '-A', '-t', '-F', ';', '-P', 'null=nil', '-c',
    'SELECT 1 AS n, NULL AS t');
shows('CSV', qq{n,t\n1,"a,""b"\n}, '--csv', '-c', q{SELECT 1 AS n, 'a,"b' AS t});

# exit codes
my ($status, $out, $err) = client('-c', 'SELECT nothing');
is($status, 1, 'a failed -c ends with 1');
is($err, qq{ERROR:  column "nothing" does not exist\nLINE 1: SELECT nothing\n               ^\n},
    '... after the error, its line and the caret');
($status) = client('-c', 'SELECT 1/0', '-c', 'SELECT 1');
is($status, 0, 'the last -c decides');
($status, $out) = client('-v', 'ON_ERROR_STOP=1', '-A', '-t', '-c', 'SELECT 1/0', '-c', 'SELECT 1');
is("$status$out", '1', '... unless ON_ERROR_STOP ends the run');
($status) = client('-f', $node->dir . '/nowhere');
is($status, 1, 'a file that is not there is 1');
($status, $out, $err) = $node->run($program, '-h', $node->dir . '/nowhere', '-c', 'SELECT 1');
is($status, 2, 'no server is 2');
like($err, qr/^sengisql: error: connection to server on socket ".*" failed: No such file/,
    '... and says where it looked');
($status, $out, $err) = client('-d', 'nosuch', '-c', 'SELECT 1');
is($status, 2, 'no database is 2');
like($err, qr/FATAL:  database "nosuch" does not exist/, '... with the server\'s message');

# files
my $failing = script("SELECT 1 AS a;\nSELECT 1/0;\nSELECT 2 AS a;\n");
($status, $out, $err) = client('-A', '-t', '-f', $failing);
is("$status $out", "0 1\n2\n", 'a script goes on behind an error');
is($err, "sengisql:$failing:2: ERROR:  division by zero\n", '... and names its line');
($status, $out) = client('-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', $failing);
is("$status $out", "3 1\n", '... and ends with 3 under ON_ERROR_STOP');

($status, $out, $err) = client('-A', '-t', '-q', '-v', 'who=O\'Neill', '-f', script(<<'END'));
SELECT $$a;b$$, 'c;d', "x;" FROM (SELECT 1 AS "x;") q; /* ; */ SELECT 2; -- ;
SELECT :'who', '1'::int;
\if true
\echo yes
\else
\echo no
\endif
SELECT 7 AS seven \gset
\echo :seven
CREATE TABLE t (a int);
COPY t FROM stdin;
1
2
\.
SELECT sum(a) FROM t
\g
SELECT 5 AS last
END
is("$status$err", '0', 'a script of everything runs');
is($out, "a;b|c;d|1\n2\nO'Neill|1\nyes\n7\n3\n5\n", '... statement by statement');

($status) = client('-1', '-v', 'ON_ERROR_STOP=1', '-q', '-f',
    script("CREATE TABLE undone (a int);\nSELECT 1/0;\n"));
is($status, 3, '-1 stops at an error');
is($node->sql(q{SELECT count(*) FROM pg_class WHERE relname = 'undone'}), '0', '... and rolls back');

# \copy
my $data = $node->dir . '/data.csv';
my @copy = ('-q', '-c', 'CREATE TABLE copied (a int, b text)', '-c',
    "\\copy (SELECT 1, 'x,y' UNION ALL SELECT 2, NULL ORDER BY 1) TO '$data' CSV", '-c',
    "\\copy copied FROM '$data' WITH (FORMAT csv)", '-c', '\copy copied TO stdout');
shows('\copy writes and reads a file', "1\tx,y\n2\t\\N\n", @copy);
shows('\copy from a program', "COPY 1\n", '-c', q{\copy copied FROM PROGRAM 'printf "3\tz\n"'});
($status, $out, $err) = client('-c', "\\copy copied FROM '/nowhere'");
is("$status$err", "1/nowhere: No such file or directory\n", '\copy of no file fails');

# catalog
client('-q', '-c', 'CREATE TABLE described (id int PRIMARY KEY, t text DEFAULT \'x\')');
shows('\d of a table', <<'END', '-c', '\d described');
              Table "public.described"
 Column |  Type   | Collation | Nullable |  Default  
--------+---------+-----------+----------+-----------
 id     | integer |           | not null | 
 t      | text    |           |          | 'x'::text
Indexes:
    "described_pkey" PRIMARY KEY, btree (id)

END
shows('\dt with a pattern', <<'END', '-c', '\dt descr*');
           List of relations
 Schema |   Name    | Type  |  Owner   
--------+-----------+-------+----------
 public | described | table | postgres
(1 row)

END
for my $command ('\d', '\d+ described', '\d described_pkey', '\di', '\dv', '\ds', '\dn', '\du',
    '\df nosuch', '\l', '\dx', '\dp', '\dT nosuch', '\db', '\dt+', '\conninfo')
{
    ($status, $out, $err) = client('-c', $command);
    unlike("$status$err", qr/ERROR|^[^0]/, $command);
}

# passwords
$node->sql(q{CREATE ROLE secret LOGIN PASSWORD 'open sesame'});
open my $hba, '>', $node->data . '/pg_hba.conf' or die;
print $hba "local all secret scram-sha-256\nlocal all all trust\n";
close $hba;
$node->ctl('reload');
my @as = ($program, '-X', '-w', '-A', '-t');
my $where = 'host=' . $node->dir . ' dbname=postgres user=secret';
($status, $out, $err) = $node->run(@as, '-d', "$where password='open sesame'", '-c',
    'SELECT current_user');
is("$status$out$err", "0secret\n", 'SCRAM with the right password');
($status, $out, $err) = $node->run(@as, '-d', "$where password=wrong", '-c', 'SELECT 1');
is($status, 2, '... with a wrong one');
like($err, qr/password authentication failed for user "secret"/, '... which says so');
(my $host = $node->dir) =~ s{/}{%2F}g;
($status, $out) = $node->run(@as, '-d', "postgresql://secret:open%20sesame\@$host/postgres", '-c',
    'SELECT 1');
is("$status$out", "01\n", 'a URI');

$node->stop;
done_testing;
