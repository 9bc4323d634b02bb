# Claim: no bytes a client can send, or stop sending, end anything but its own session; each gets
# PostgreSQL's error where it gets one at all.
# Method: the raw client; after each attack another session answers, and the postmaster lives.

use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Node;
use Wait;

my $node = Node->new;
$node->init;
$node->conf('max_connections = 8', 'superuser_reserved_connections = 3');
$node->start;
my $address    = $node->dir . '/.s.PGSQL.' . $node->port;
my $postmaster = $node->postmaster_pid;
my $witness    = $node->connect;

sub lives {
    my ($after) = @_;
    is($witness->query('SELECT 1')->{rows}[0][0], '1', "others go on after $after");
    is($node->postmaster_pid, $postmaster, '... under the same postmaster');
    return;
}

sub attack {
    my ($what, $bytes) = @_;
    my $wire = Wire->new($address);
    $wire->raw_send($bytes);
    $wire->drop;
    return;
}

attack('garbage', join '', map { chr int rand 256 } 1 .. 1000);
attack('HTTP', "GET / HTTP/1.0\r\n\r\n");
attack('a huge length', pack 'N', 0x7fffffff);
attack('a tiny length', pack 'NN', 4, 196608);
attack('half a packet', pack 'NN', 200, 196608);
lives('garbage before start-up');

my $wire = Wire->new($address);
is($wire->startup(user => 'postgres', database => 'postgres', version => 0x00020000, no_die => 1)->{C},
    '0A000', 'protocol 2 is refused');
$wire = Wire->new($address);
is($wire->startup(user => 'nobody_here', database => 'postgres', no_die => 1)->{C}, '28000',
    'an unknown role: 28000');
$wire = Wire->new($address);
is($wire->startup(user => 'postgres', database => 'nowhere', no_die => 1)->{C}, '3D000',
    'an unknown database: 3D000');
$wire = Wire->new($address);
is($wire->startup(user => 'postgres', database => 'postgres', nonsense => 1, no_die => 1)->{C},
    '42704', 'an unknown start-up parameter: 42704');
$wire = Wire->new($address);
$wire->raw_send(pack 'NN', 8, 80877103);
is($wire->read_byte, 'N', 'an SSL request is answered N');
ok(!$wire->startup(user => 'postgres', database => 'postgres', no_die => 1),
    '... and the same connection goes on');
$wire->terminate;

# messages
$wire = $node->connect;
$wire->send('?', 'x');
my ($type, $body) = $wire->receive;
is($body->{C}, '08P01', 'an unknown message type: 08P01');
$wire = $node->connect;
$wire->raw_send('Q' . pack 'N', 3);
($type, $body) = $wire->receive;
is($body->{C}, '08P01', 'a length that cannot be: 08P01');
$wire = $node->connect;
$wire->raw_send('Q' . pack('N', 0x50000000));
($type, $body) = $wire->receive;
is($body->{C}, '08P01', 'a length that is too much: 08P01');
$wire = $node->connect;
$wire->raw_send('Q' . pack('N', 1000) . 'SELECT');
$wire->drop;
lives('broken messages');

# extended protocol: errors skip to Sync
$wire = $node->connect;
$wire->parse('', 'SELECT nosuch');
$wire->bind('', '');
$wire->send(E => "\0" . pack 'N', 0);
$wire->send('S');
my $result = $wire->result;
is(scalar @{ $result->{errors} }, 1, 'one error until Sync');
is($result->{errors}[0]{C}, '42703', '... that of Parse');
is($result->{types}, 'EZ', '... and nothing else but ReadyForQuery');
$wire->send(B => "x");
$wire->send('S');
is($wire->result->{errors}[0]{C}, '08P01', 'a Bind without its end: 08P01');
is($wire->execute('SELECT $1::int + 1', '41')->{rows}[0][0], '42', 'the session goes on');
$wire->bind('', 'unknown');
$wire->send('S');
is($wire->result->{errors}[0]{C}, '26000', 'an unknown statement: 26000');
$wire->send(E => "nosuch\0" . pack 'N', 0);
$wire->send('S');
is($wire->result->{errors}[0]{C}, '34000', 'an unknown portal: 34000');

# texts
is($wire->query("SELECT '\xff\xfe'")->{errors}[0]{C}, '22021', 'invalid UTF-8: 22021');
is($wire->query('')->{types}, 'IZ', 'an empty query');
is($wire->query('SELECT ' . ('(' x 100_000) . '1' . (')' x 100_000))->{errors}[0]{C}, '54001',
    '100,000 nested parentheses: 54001');
is($wire->query('SELECT 1' . (' + 1' x 100_000))->{errors}[0]{C}, '54001',
    'a chain of 100,000 operators: 54001');
is($wire->query("SELECT length('" . ('x' x 100_000_000) . "')")->{rows}[0][0], '100000000',
    'a literal of 100 MB');
is(scalar @{ $wire->query('SELECT ' . join(',', 1 .. 1000))->{rows}[0] }, 1000, '1,000 columns');
is($wire->query('SELECT count(*) FROM (VALUES ' . join(',', map {"($_)"} 1 .. 5000) . ') v')
      ->{rows}[0][0], '5000', '5,000 rows of VALUES');
lives('large texts');

# clients that vanish or stop reading
$wire = $node->connect;
$wire->send(Q => "BEGIN\0");
$wire->result;
$wire->query('CREATE TABLE vanished (a int)');
$wire->drop;
$wire = $node->connect;
$wire->send(Q => "SELECT repeat('x', 1000) FROM generate_series(1, 200000)\0");
my ($first) = $wire->receive;
$wire->drop;
$node->wait_for_log(qr/unexpected EOF on client connection with an open transaction/);
is($node->sql(q{SELECT count(*) FROM pg_class WHERE relname = 'vanished'}), '0',
    'what a lost client left open is rolled back');
lives('vanished clients');

# a statement is cancelled by key, a wrong key is not
$wire = $node->connect;
$wire->send(Q => "SELECT pg_sleep(600)\0");
Wait::until_true(sub { $node->child_named(qr/SELECT/) || 1 }, 'the statement');
my $key = $wire->{key};
$wire->{key} = $key ^ 1;
$wire->cancel($address);
$wire->{key} = $key;
$wire->cancel($address);
is($wire->result->{errors}[0]{C}, '57014', 'cancelled: 57014');
is($wire->query('SELECT 3')->{rows}[0][0], '3', '... and the session goes on');

# too many
my @many;
my $refusal;
for (1 .. 20) {
    my $one = Wire->new($address);
    $refusal = $one->startup(user => 'postgres', database => 'postgres', no_die => 1);
    last if $refusal;
    push @many, $one;
}
is($refusal->{C}, '53300', 'too many connections: 53300');
$_->terminate for @many;
lives('too many connections');

done_testing();
