package Node;

# Node - one Sengi server in its own temporary directory, on a Unix socket.
#
#   my $node = Node->new;                      # not yet a cluster
#   $node->init->start;
#   is($node->sql('SELECT 1'), '1');
#   $node->stop;
#
# The object's end stops the server and removes the directory, also when the test dies; a failed
# test keeps the directory and says where it is. SENGI_BUILD names the build directory.

use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(remove_tree make_path);
use File::Temp qw(tempdir);
use Cwd qw(abs_path);
use IPC::Open3;
use Test::More ();
use Wait;
use Wire;

my $root  = abs_path(dirname(__FILE__) . '/../..');
my $build = $ENV{SENGI_BUILD} || "$root/build";
my $count = 0;

sub root_dir  { return $root }
sub build_dir { return $build }
sub bin_dir   { return $ENV{SENGI_BIN} || "$build/prefix/bin" }

sub new {
    my ($class, %options) = @_;
    my $dir = tempdir('sengi-test-XXXXXX', TMPDIR => 1);
    chmod 0755, $dir;
    my $self = bless {
        dir   => $dir,
        data  => "$dir/data",
        log   => "$dir/log",
        port  => 5432,
        owner => $$,
        user  => $options{user},           # run as this ordinary user (needs root)
    }, $class;
    if ($self->{user}) {
        my (undef, undef, $uid, $gid) = getpwnam $self->{user};
        chown $uid, $gid, $dir;
    }
    return $self;
}

sub dir  { return $_[0]{dir} }
sub data { return $_[0]{data} }
sub port { return $_[0]{port} }

sub as_root { my ($self) = @_; return $> == 0 && !$self->{user} }

# Runs a command (as the node's user); returns (status, stdout, stderr).
sub run {
    my ($self, @command) = @_;
    if ($self->{user}) {
        my (undef, undef, $uid, $gid) = getpwnam $self->{user};
        @command = ('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups', @command);
    }
    my $out = "$self->{dir}/.out.$$." . ++$count;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN,  '<', '/dev/null'  or die;
        open STDOUT, '>', "$out.1"     or die;
        open STDERR, '>', "$out.2"     or die;
        delete @ENV{ grep { /^PG/ } keys %ENV };
        $ENV{LC_ALL} = 'C.UTF-8';
        $ENV{ASAN_OPTIONS} ||= '';
        exec { $command[0] } @command or do { print STDERR "exec $command[0]: $!\n"; exit 127 };
    }
    waitpid $pid, 0;
    my $status = $?;
    my @text   = map { _slurp("$out.$_") } 1, 2;
    unlink "$out.1", "$out.2";
    return ($status & 127 ? 128 + ($status & 127) : $status >> 8, @text);
}

sub _slurp {
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    my $text = <$in>;
    return $text // '';
}

sub init {
    my ($self, @options) = @_;
    my @root = $self->as_root ? ('--allow-root') : ();
    my ($status, $out, $err) = $self->run(bin_dir() . '/sengi-initdb', '-D', $self->{data}, '-N',
        '-U', 'postgres', '-A', 'trust', @root, @options);
    die "sengi-initdb failed ($status): $out$err" if $status;
    $self->conf(
        "listen_addresses = ''",
        "unix_socket_directories = '$self->{dir}'",
        'log_line_prefix = \'%m [%p] \'',
        'max_connections = 50',
        'shared_buffers = 16MB',
        'fsync = off',
        map { $_ } grep { length } split /\n/, $ENV{SENGI_TEST_CONF} || '');
    return $self;
}

# Appends lines to postgresql.conf.
sub conf {
    my ($self, @lines) = @_;
    open my $conf, '>>', "$self->{data}/postgresql.conf" or die "postgresql.conf: $!";
    print $conf "$_\n" for @lines;
    close $conf;
    return $self;
}

sub server_options {
    my ($self, $more) = @_;
    return join ' ', ($self->as_root ? '--allow-root' : ()), ($more // ());
}

sub ctl {
    my ($self, @arguments) = @_;
    return $self->run(bin_dir() . '/sengi-ctl', '-D', $self->{data}, @arguments);
}

sub start {
    my ($self, %options) = @_;
    my ($status, $out, $err) = $self->ctl('-s', '-w', '-l', $self->{log},
        '-o', $self->server_options($options{options}), 'start');
    die "start failed ($status): $out$err\n" . $self->log_text if $status;
    return $self;
}

sub postmaster_pid {
    my ($self) = @_;
    open my $pid, '<', "$self->{data}/postmaster.pid" or return;
    my $line = <$pid>;
    return $line && $line =~ /^(\d+)/ ? $1 : undef;
}

# Every process of the server: the postmaster and its children.
sub pids {
    my ($self) = @_;
    my $postmaster = $self->postmaster_pid or return;
    return ($postmaster, $self->child_pids);
}

sub child_pids {
    my ($self) = @_;
    my $postmaster = $self->postmaster_pid or return;
    my @children;
    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $in, '<', $stat or next;
        my $line = <$in> // next;
        push @children, $1 if $line =~ /^(\d+) \(.*\) \S $postmaster /;
    }
    return @children;
}

# The pids of the children whose process title matches.
sub child_named {
    my ($self, $pattern) = @_;
    return grep { _slurp("/proc/$_/cmdline") =~ $pattern } $self->child_pids;
}

sub stop {
    my ($self, $mode) = @_;
    my @pids = $self->pids;
    my ($status, $out, $err) = $self->ctl('-s', '-w', '-m', $mode || 'fast', 'stop');
    die "stop failed ($status): $out$err\n" . $self->log_text if $status;
    Wait::for_exit(@pids);
    return $self;
}

# kill -9 of everything, then waits until all are gone.
sub kill9 {
    my ($self) = @_;
    my @pids = $self->pids;
    kill 'KILL', @pids;
    Wait::for_exit(@pids);
    return $self;
}

sub log_text { return _slurp($_[0]{log}) }

sub wait_for_log {
    my ($self, $pattern, $from) = @_;
    return Wait::until_true(sub { substr($self->log_text, $from // 0) =~ $pattern },
        "log line $pattern");
}

# Options for libpq's programs.
sub client_options {
    my ($self) = @_;
    return ('-h', $self->{dir}, '-p', $self->{port}, '-U', 'postgres');
}

# Runs SQL through psql; returns its unaligned output, dies on an error.
sub sql {
    my ($self, $sql, $database) = @_;
    my ($status, $out, $err) = $self->psql($sql, $database);
    die "psql failed ($status): $err\nin: $sql" if $status;
    chomp $out;
    return $out;
}

sub psql {
    my ($self, $sql, $database) = @_;
    return $self->run('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
        $self->client_options, '-d', $database || 'postgres', '-c', $sql);
}

# A new raw connection, authenticated and ready.
sub connect {
    my ($self, %parameters) = @_;
    my $wire = Wire->new("$self->{dir}/.s.PGSQL.$self->{port}");
    $wire->startup(user => 'postgres', database => 'postgres', %parameters);
    return $wire;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!, $@);
    my @pids = $self->pids;
    if (@pids) {
        kill 'QUIT', $pids[0];
        eval { local $Wait::deadline_s = 10; Wait::for_exit(@pids); 1 }
          or do { kill 'KILL', @pids; eval { Wait::for_exit(@pids) } };
    }
    my $passing = eval { Test::More->builder->is_passing } // 1; # at the very end there is no builder
    if ($passing) {
        remove_tree($self->{dir});
    } else {
        Test::More::diag("the server's directory is kept: $self->{dir}");
    }
    return;
}

1;
