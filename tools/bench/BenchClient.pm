# BenchClient - the least client of the v3 protocol: simple queries over a Unix socket.
#
# Errors     dies with the server's message.
package BenchClient;
use strict;
use warnings;
use Socket;

sub new {
    my ($class, %p) = @_;
    socket(my $fh, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($fh, pack_sockaddr_un("$p{dir}/.s.PGSQL.$p{port}")) or die "connect: $!\n";
    my $self = bless { fh => $fh, in => '', pid => 0 }, $class;
    my $body = pack('N', 196608) . "user\0postgres\0database\0postgres\0\0";
    $self->send_all(pack('N', 4 + length $body) . $body);
    $self->until_ready;
    return $self;
}

# Rows of the last statement that gave any.
sub query {
    my ($self, $sql) = @_;
    $self->send_all('Q' . pack('N', 5 + length $sql) . $sql . "\0");
    return $self->until_ready;
}

sub send_all {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (length $bytes) {
        my $n = syswrite $self->{fh}, $bytes or die "write: $!\n";
        substr($bytes, 0, $n, '');
    }
}

sub until_ready {
    my ($self) = @_;
    my (@rows, $error);
    while (1) {
        my ($type, $body) = $self->message;
        if ($type eq 'Z') { die "$error\n" if defined $error; return \@rows }
        elsif ($type eq 'D') { push @rows, row($body) }
        elsif ($type eq 'K') { $self->{pid} = unpack 'N', $body }
        elsif ($type eq 'R') { unpack('N', $body) == 0 or die "authentication asked for\n" }
        elsif ($type eq 'E') {
            ($error) = $body =~ /\0M([^\0]*)/;
            die "$error\n" if $body =~ /\A?S(?:FATAL|PANIC)\0/;
        }
    }
}

sub row {
    my ($body) = @_;
    my ($count, $at, @values) = (unpack('n', $body), 2);
    for (1 .. $count) {
        my $length = unpack 'l>', substr $body, $at, 4;
        $at += 4;
        if ($length < 0) { push @values, undef; next }
        push @values, substr $body, $at, $length;
        $at += $length;
    }
    return \@values;
}

sub message {
    my ($self) = @_;
    $self->fill(5);
    my ($type, $length) = unpack 'a N', $self->{in};
    $self->fill(1 + $length);
    my $body = substr $self->{in}, 5, $length - 4;
    substr($self->{in}, 0, 1 + $length, '');
    return ($type, $body);
}

sub fill {
    my ($self, $want) = @_;
    while (length $self->{in} < $want) {
        sysread($self->{fh}, $self->{in}, 65536, length $self->{in})
            or die "the server closed the connection\n";
    }
}

# A clean farewell; also what ends the connection when the client goes out of scope.
sub DESTROY {
    my ($self) = @_;
    local $SIG{PIPE} = 'IGNORE';
    syswrite $self->{fh}, 'X' . pack('N', 4) if $self->{fh};
    close $self->{fh} if $self->{fh};
}

1;
