# Claim: whatever process is killed, every commit a client was told about is there afterwards, no
# part of any other is, sums agree, indexes agree with heaps.
# Method: writers in processes of their own do TPC-B-like transactions, each with a number that it
# writes down (fsynced) once the server has confirmed the commit. Rounds of random kills: a backend,
# the checkpointer, the postmaster, all at once. SENGI_CRASH_ROUNDS and SENGI_CRASH_SEED change
# length and course.

use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);
use Node;
use Wait;

my $rounds  = $ENV{SENGI_CRASH_ROUNDS} || 50;
my $seed    = $ENV{SENGI_CRASH_SEED}   || time;
my $writers = 4;
my $rows    = 200;
diag "seed $seed, $rounds rounds";
srand $seed;

my $node = Node->new;
$node->init;
$node->conf('fsync = off', 'checkpoint_timeout = 30s', 'log_checkpoints = off');
$node->start;
$node->sql(<<"SQL");
CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, filler char(60) DEFAULT '');
CREATE TABLE total (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE history (writer int, number int, delta int, account int);
CREATE UNIQUE INDEX history_key ON history (writer, number);
INSERT INTO account SELECT g, 0 FROM generate_series(1, $rows) g;
INSERT INTO total VALUES (1, 0);
SQL

# Confirmed commits: one file per writer, "number delta" a line.
sub confirmed {
    my ($writer) = @_;
    my %numbers;
    open my $in, '<', $node->dir . "/confirmed.$writer" or return \%numbers;
    while (<$in>) { $numbers{$1} = $2 if /^(\d+) (-?\d+)$/ }
    return \%numbers;
}

sub write_until_lost {
    my ($writer) = @_;
    my $known  = confirmed($writer);
    my ($last) = sort { $b <=> $a } keys %$known, 0;
    my $number = $last + 1000;    # numbers that got lost unconfirmed are never used again
    open my $log, '>>', $node->dir . "/confirmed.$writer" or exit 1;
    $log->autoflush(1);
    my $wire = eval { $node->connect } or exit 0;
    while (1) {
        my $delta   = int(rand 2001) - 1000;
        my $account = 1 + int rand $rows;
        $number++;
        my $result = eval {
            $wire->query("BEGIN; UPDATE account SET balance = balance + $delta WHERE id = $account;"
                  . " UPDATE total SET balance = balance + $delta WHERE id = 1;"
                  . " INSERT INTO history VALUES ($writer, $number, $delta, $account); COMMIT");
        };
        exit 0 if !$result || $result->{closed};
        if (@{ $result->{errors} }) {
            exit 0 if $result->{errors}[0]{C} =~ /^57P0|^08/;
            print {*STDERR} "writer $writer: $result->{errors}[0]{C} $result->{errors}[0]{M}\n";
            exit 3;
        }
        print $log "$number $delta\n";
    }
}

sub check {
    my ($round, $what) = @_;
    my %problem;
    my $sums = $node->sql('SELECT (SELECT sum(balance) FROM account) = (SELECT balance FROM total), '
          . '(SELECT balance FROM total) = (SELECT coalesce(sum(delta), 0) FROM history)');
    $problem{sums} = $sums if $sums ne 't|t';
    for my $writer (1 .. $writers) {
        my $known = confirmed($writer);
        my %there = map { split /\|/ }
          split /\n/, $node->sql("SELECT number, delta FROM history WHERE writer = $writer");
        my @lost = grep { !exists $there{$_} || $there{$_} != $known->{$_} } keys %$known;
        $problem{"lost of writer $writer"} = "@lost[0 .. ($#lost < 5 ? $#lost : 5)]" if @lost;
    }
    # Each row by its index and by its place.
    my $by_index = $node->sql('SET enable_seqscan = off; SELECT count(*) FROM account WHERE id > 0');
    my $by_heap  = $node->sql('SET enable_indexscan = off; SET enable_bitmapscan = off; '
          . 'SET enable_indexonlyscan = off; SELECT count(*) FROM account WHERE id > 0');
    $problem{index} = "$by_index by index, $by_heap by heap" if $by_index ne $by_heap;
    is(join(', ', map { "$_: $problem{$_}" } sort keys %problem), '',
        "round $round: all is there after the end of $what");
    return !%problem;
}

my @kinds = ('a backend', 'the checkpointer', 'the postmaster', 'all at once');
for my $round (1 .. $rounds) {
    my @pids;
    for my $writer (1 .. $writers) {
        my $pid = fork // die;
        if ($pid == 0) { srand($seed + 1000 * $round + $writer); $node->{owner} = 0; write_until_lost($writer); }
        push @pids, $pid;
    }
    sleep 0.05 + rand 0.25;    # a moment of work: its length is part of the random course
    my $what = $kinds[ int rand @kinds ];
    my @all  = $node->pids;
    if ($what eq 'a backend') {
        my @backends = $node->child_named(qr/sengi: postgres postgres/);
        kill 'KILL', $backends[ int rand @backends ] if @backends;
    } elsif ($what eq 'the checkpointer') {
        kill 'KILL', $node->child_named(qr/checkpointer/);
    } elsif ($what eq 'the postmaster') {
        kill 'KILL', $all[0];
        Wait::for_exit(@all);
    } else {
        $node->kill9;
    }
    my $failed = 0;
    for my $pid (@pids) {
        waitpid $pid, 0;
        $failed = 1 if $? >> 8 == 3;
    }
    ok(!$failed, "round $round: writers saw nothing but a lost connection");
    if ($what eq 'the postmaster' || $what eq 'all at once') {
        $node->start;
    } else {
        Wait::until_true(sub { ($node->psql('SELECT 1'))[0] == 0 }, 'service after a crash');
    }
    check($round, $what) or last;
}
$node->stop;
done_testing();
