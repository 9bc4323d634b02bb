# Claim: a cluster is made, started, asked, stopped in every mode, restarted and reloaded with
# PostgreSQL's messages and exit codes; what must be refused is refused; nothing is left behind.
# Method: the programs a user runs, from outside.

use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Node;
use Wait;

my $node = Node->new;

# initdb
$node->init;
ok(-e $node->data . '/PG_VERSION', 'initdb makes a data directory');
my ($status, $out, $err) = $node->run(Node::bin_dir() . '/sengi-initdb', '-D', $node->data,
    '--allow-root');
is($status, 1, 'a second initdb into it fails');
like($err, qr/exists but is not empty/, '... and says why');
($status, $out) = $node->ctl('status');
is($status, 3, 'status of a stopped server is 3');
($status) = $node->run(Node::bin_dir() . '/sengi-ctl', '-D', $node->dir . '/nowhere', 'status');
is($status, 4, 'status without a data directory is 4');

# start
$node->start;
is($node->sql('SELECT 1'), '1', 'the server answers');
($status, $out) = $node->ctl('status');
is($status, 0, 'status of a running server is 0');
like($out, qr/server is running \(PID: \d+\)/, '... with its pid');
my @pid_file = do { open my $in, '<', $node->data . '/postmaster.pid' or die; <$in> };
is(scalar @pid_file, 8, 'postmaster.pid has eight lines');
like($pid_file[7], qr/^ready/, '... the last says ready');
for my $title ('checkpointer', 'background writer', 'walwriter') {
    is(scalar($node->child_named(qr/sengi: .*\Q$title\E/)), 1, "the $title runs");
}

# one directory, one server
($status, $out, $err) = $node->run(Node::bin_dir() . '/sengi', '-D', $node->data, '-k',
    $node->dir, '-p', '5433', ($node->as_root ? '--allow-root' : ()));
is($status, 1, 'a second server in the same directory is refused');
like($err, qr/lock file "postmaster.pid" already exists/, '... with its pid file named');

# reload
my $from = length $node->log_text;
$node->conf("work_mem = '5MB'");
$node->ctl('-s', 'reload');
$node->wait_for_log(qr/parameter "work_mem" changed to "5MB"/, $from);
is($node->sql('SHOW work_mem'), '5MB', 'reload changes a setting');
$from = length $node->log_text;
$node->conf('nonsense here too');
$node->ctl('-s', 'reload');
$node->wait_for_log(qr/contains errors; no changes were applied/, $from);
is($node->sql('SHOW work_mem'), '5MB', 'a bad file changes nothing on reload');

# a bad file at start
$node->stop;
my ($bad_status, undef, undef) = $node->ctl('-s', '-w', '-l', $node->dir . '/log2', '-o',
    $node->server_options, 'start');
is($bad_status, 1, 'a start with a bad file is refused');
my $log2 = do { open my $in, '<', $node->dir . '/log2' or die; local $/; <$in> };
like($log2, qr/syntax error in file ".*postgresql.conf" line \d+, near token "too"/,
    '... with file, line and token');
{
    my $conf = $node->data . '/postgresql.conf';
    open my $in, '<', $conf or die;
    my @lines = grep { !/^nonsense/ } <$in>;
    close $in;
    open my $to, '>', $conf or die;
    print $to @lines;
    close $to;
}

# stop in each mode, with a client connected where that matters
for my $mode (qw(fast immediate)) {
    $node->start;
    my $client = $node->connect;
    my @pids   = $node->pids;
    $node->stop($mode);
    is(scalar(Wait::alive(@pids)), 0, "$mode stop ends every process");
    ok(!-e $node->data . '/postmaster.pid', "... and removes postmaster.pid");
}
$node->start;
like($node->log_text, qr/automatic recovery in progress/, 'an immediate stop is recovered from');
my $client = $node->connect;
my $pid    = fork;
if ($pid == 0) { exec Node::bin_dir() . '/sengi-ctl', '-D', $node->data, '-s', '-m', 'smart', 'stop' }
$node->wait_for_log(qr/received smart shutdown request/);
is($client->query('SELECT 2')->{rows}[0][0], '2', 'a smart stop lets a session go on');
my $late = Wire->new($node->dir . '/.s.PGSQL.' . $node->port);
my $refused = $late->startup(user => 'postgres', database => 'postgres', no_die => 1);
is($refused->{C}, '57P03', '... but no new one in');
$client->terminate;
waitpid $pid, 0;
is($? >> 8, 0, '... and ends when the last one has gone');

# restart keeps data
$node->start;
$node->sql('CREATE TABLE kept (a int); INSERT INTO kept VALUES (42)');
($status, $out, $err) = $node->ctl('-s', '-l', $node->dir . '/log', 'restart');
is($status, 0, 'restart') or diag "$out$err";
is($node->sql('SELECT a FROM kept'), '42', 'data is there after a restart');

# the directory's own dangers
$node->stop;
chmod 0755, $node->data;
($status) = $node->ctl('-s', '-w', '-l', $node->dir . '/log3', '-o', $node->server_options, 'start');
is($status, 1, 'a directory open to others is refused');
chmod 0700, $node->data;
rename $node->data . '/PG_VERSION', $node->data . '/PG_VERSION.kept';
{ open my $v, '>', $node->data . '/PG_VERSION' or die; print $v "14\n"; close $v }
($status) = $node->run(Node::bin_dir() . '/sengi', '-D', $node->data,
    ($node->as_root ? '--allow-root' : ()));
is($status, 1, 'a directory of another version is refused');
rename $node->data . '/PG_VERSION.kept', $node->data . '/PG_VERSION';

SKIP: {
    skip 'needs root', 4 unless $> == 0;
    ($status, undef, $err) = $node->run(Node::bin_dir() . '/sengi', '-D', $node->data);
    is($status, 1, 'root must say that it wants to');
    like($err, qr/"root" execution of the server is not permitted/, '... and is told so');
    my $other = Node->new(user => 'nobody');
    $other->init->start;
    is($other->sql('SELECT current_user'), 'postgres', 'an ordinary user runs a cluster of its own');
    my @owners = map { (stat "/proc/$_")[4] } $other->pids;
    is(scalar(grep { $_ == 0 } @owners), 0, '... and no process of it is root\'s');
    $other->stop;
}

is(join(' ', glob $node->dir . '/.s.PGSQL*'), '', 'no socket is left');
done_testing();
