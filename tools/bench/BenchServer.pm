# BenchServer - one cluster of either kind: made, started, measured, ended.
#
# As root PostgreSQL's programs run as user postgres, which they insist on.
package BenchServer;
use strict;
use warnings;
use File::Find;
use POSIX qw(WNOHANG);
use Time::HiRes qw(time sleep);
use BenchClient;

my $made = 0;
use constant START_S_MAX => 120;

sub new {
    my ($class, %p) = @_;
    my $self = bless { %p, port => 5400 + ++$made, pid => 0 }, $class;
    $self->{dir} = "$p{top}/$made";
    $self->{data} = "$self->{dir}/data";
    $self->{log} = "$self->{dir}/log";
    mkdir $self->{dir} or die "$self->{dir}: $!\n";
    if ($> == 0 && $p{kind} eq 'PostgreSQL') {
        ($self->{uid}, $self->{gid}) = (getpwnam 'postgres')[2, 3];
        defined $self->{uid} or die "no user postgres\n";
        chown $self->{uid}, $self->{gid}, $self->{dir};
    }
    return $self;
}

sub spawn {
    my ($self, @command) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', $self->{log};
    open STDERR, '>&', \*STDOUT;
    chdir $self->{dir};
    if (defined $self->{uid}) {
        $) = "$self->{gid} $self->{gid}";
        POSIX::setgid($self->{gid});
        POSIX::setuid($self->{uid});
    }
    exec @command or POSIX::_exit(127);
}

sub allow_root { my ($self) = @_; return $self->{kind} eq 'Sengi' && $> == 0 ? '--allow-root' : () }

sub initdb {
    my ($self) = @_;
    my $program = $self->{kind} eq 'Sengi' ? 'sengi-initdb' : 'initdb';
    my $pid = $self->spawn("$self->{bin}/$program", '-D', $self->{data}, '-U', 'postgres', '-A',
        'trust', '-N', $self->allow_root);
    waitpid $pid, 0;
    die "$program failed: " . $self->log_end . "\n" if $?;
}

sub start {
    my ($self) = @_;
    my $program = $self->{kind} eq 'Sengi' ? 'sengi' : 'postgres';
    my @settings = map { ('-c', $_) } 'shared_buffers=512MB', 'fsync=on', 'synchronous_commit=on',
        'full_page_writes=on', 'max_connections=100', 'listen_addresses=', 'autovacuum=off',
        'max_wal_size=4GB', 'checkpoint_timeout=30min';
    $self->{pid} = $self->spawn("$self->{bin}/$program", '-D', $self->{data}, '-k', $self->{dir},
        '-p', $self->{port}, $self->allow_root, @settings);
    my $until = time + START_S_MAX;
    until (eval { $self->sql('SELECT 1') }) {
        if (waitpid($self->{pid}, WNOHANG) > 0) {
            $self->{pid} = 0;
            die "no start: " . $self->log_end . "\n";
        }
        die "no answer after start: $@" if time > $until;
        sleep 0.0005;
    }
}

# Fast shutdown; returns when the supervisor has gone.
sub stop {
    my ($self) = @_;
    kill 'INT', $self->{pid} or die "no server to stop\n";
    waitpid $self->{pid}, 0;
    $self->{pid} = 0;
}

sub kill_all {
    my ($self) = @_;
    return if !$self->{pid};
    my @pids = $self->pids;
    kill 'KILL', @pids;
    waitpid $self->{pid}, 0;
    $self->{pid} = 0;
    for (1 .. 2000) { last if !grep { -e "/proc/$_" } @pids; sleep 0.001 }
}

sub connect { my ($self) = @_; return BenchClient->new(dir => $self->{dir}, port => $self->{port}) }
sub sql { my ($self, $text) = @_; return $self->connect->query($text) }

sub wal_position {
    my ($self) = @_;
    my ($high, $low) = split m{/}, $self->sql('SELECT pg_current_wal_lsn()')->[0][0];
    return hex($high) * 2**32 + hex $low;
}

sub log_end {
    my ($self) = @_;
    open my $fh, '<', $self->{log} or return 'no log';
    my @lines = grep { /\S/ } <$fh>;
    chomp @lines;
    return $lines[-1] // 'nothing logged';
}

sub size {
    my ($self) = @_;
    my ($bytes, $files) = (0, 0);
    find(sub { if (-f) { $files++; $bytes += 512 * (lstat)[12] } }, $self->{data});
    return ($bytes, $files);
}

# --- processes -----------------------------------------------------------------------------------

sub children {
    my ($pid) = @_;
    open my $fh, '<', "/proc/$pid/task/$pid/children" or return;
    return split ' ', <$fh> // '';
}

sub pids {
    my ($self) = @_;
    my @found = ($self->{pid});
    for (my $i = 0; $i < @found; $i++) { push @found, children($found[$i]) }
    return @found;
}

# User and system time of the supervisor, its living children, and those it has reaped.
sub cpu_s {
    my ($self) = @_;
    my $ticks = 0;
    for my $pid ($self->pids) {
        open my $fh, '<', "/proc/$pid/stat" or next;
        my @field = split ' ', (<$fh> // '') =~ s/^.*\) //sr;
        $ticks += $_ // 0 for @field[11 .. 14];
    }
    return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub pin {
    my ($self, $core) = @_;
    $self->{one_core} = 1;
    system "taskset -pc $core $_ >/dev/null 2>&1" for $self->pids;
}

sub unpin {
    my ($self) = @_;
    delete $self->{one_core};
    my $last = POSIX::sysconf(84) - 1;
    system "taskset -pc 0-$last $_ >/dev/null 2>&1" for $self->pids;
}

sub memory_kb {
    my ($pid) = @_;
    my %kb;
    for my $file ("/proc/$pid/smaps_rollup", "/proc/$pid/status") {
        open my $fh, '<', $file or die "$file: $!\n";
        while (<$fh>) { $kb{$1} = $2 if /^(\w+):\s+(\d+) kB/ }
    }
    return @kb{qw(Pss Private_Dirty VmPTE)};
}

1;
