package Wire;

# Wire - a raw client of the v3 protocol in core Perl, for what no well-behaved client would send.
#
#   my $wire = Wire->new($socket_path);         # or Wire->new("127.0.0.1:5432")
#   $wire->startup(user => 'postgres', database => 'postgres');
#   my $result = $wire->query('SELECT 1');      # {rows, tags, errors, notices, status}
#   $wire->send(Q => "SELECT 1\0");  my ($type, $body) = $wire->receive;

use strict;
use warnings;
use Socket qw(AF_UNIX SOCK_STREAM pack_sockaddr_un);
use IO::Socket::INET;
use Digest::SHA qw(sha256 hmac_sha256);
use Digest::MD5 qw(md5_hex);
use MIME::Base64 qw(encode_base64 decode_base64);
use Carp qw(croak);
use Wait;

sub new {
    my ($class, $address) = @_;
    my $socket;
    if ($address =~ m{^/}) {
        socket $socket, AF_UNIX, SOCK_STREAM, 0 or croak "socket: $!";
        connect $socket, pack_sockaddr_un($address) or croak "connect $address: $!";
    } else {
        $socket = IO::Socket::INET->new(PeerAddr => $address) or croak "connect $address: $!";
    }
    binmode $socket;
    return bless { socket => $socket, parameters => {}, buffer => '' }, $class;
}

sub raw_send {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $sent = 0;
    while ($sent < length $bytes) {
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $sent, $sent;
        return 0 unless defined $n;
        $sent += $n;
    }
    return 1;
}

# One typed message.
sub send {
    my ($self, $type, $body) = @_;
    return $self->raw_send($type . pack('N', 4 + length($body // '')) . ($body // ''));
}

sub _fill {
    my ($self, $want) = @_;
    my $end = time() + $Wait::deadline_s;
    while (length $self->{buffer} < $want) {
        my $ready = '';
        vec($ready, fileno $self->{socket}, 1) = 1;
        my $n = select $ready, undef, undef, $end - time();
        croak 'no answer from the server' if $n == 0;
        my $got = sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
        return 0 unless $got;
    }
    return 1;
}

# The next message as (type, body); nothing when the server closed the connection.
sub receive {
    my ($self) = @_;
    $self->_fill(5) or return;
    my ($type, $length) = unpack 'aN', $self->{buffer};
    $self->_fill(1 + $length) or return;
    my $body = substr $self->{buffer}, 5, $length - 4;
    substr($self->{buffer}, 0, 1 + $length) = '';
    if ($type eq 'S') {
        my ($name, $value) = split /\0/, $body;
        $self->{parameters}{$name} = $value;
    } elsif ($type eq 'K') {
        @{$self}{qw(pid key)} = unpack 'NN', $body;
    } elsif ($type eq 'E' || $type eq 'N') {
        return ($type, _fields($body));
    }
    return ($type, $body);
}

sub read_byte { my ($self) = @_; $self->_fill(1) or return; return substr $self->{buffer}, 0, 1, '' }

sub closed { my ($self) = @_; return !$self->_fill(1) }

# The fields of an error or a notice by their letter.
sub _fields {
    my ($body) = @_;
    my %field;
    for my $part (split /\0/, $body) {
        $field{ substr $part, 0, 1 } = substr $part, 1 if length $part;
    }
    return \%field;
}

# Start-up and authentication; dies on an error unless no_die is given; returns the error.
sub startup {
    my ($self, %parameters) = @_;
    my $no_die   = delete $parameters{no_die};
    my $password = delete $parameters{password} // '';
    my $version  = delete $parameters{version} // 196608;
    my $body     = pack('N', $version) . join('', map { "$_\0$parameters{$_}\0" }
          sort keys %parameters) . "\0";
    $self->raw_send(pack('N', 4 + length $body) . $body);
    while (my ($type, $answer) = $self->receive) {
        if ($type eq 'R') {
            $self->_authenticate($parameters{user}, $password, $answer);
        } elsif ($type eq 'E') {
            return $answer if $no_die;
            croak "start-up: $answer->{C} $answer->{M}";
        } elsif ($type eq 'Z') {
            $self->{status} = $answer;
            return;
        }
    }
    return { C => '', M => 'closed' } if $no_die;
    croak 'the server closed the connection at start-up';
}

sub _authenticate {
    my ($self, $user, $password, $answer) = @_;
    my ($kind) = unpack 'N', $answer;
    if ($kind == 0) {
        return;
    } elsif ($kind == 10) {
        my $nonce = encode_base64(join('', map { chr 33 + rand 94 } 1 .. 18), '');
        $self->{scram_bare} = "n=,r=$nonce";
        my $first = "n,,$self->{scram_bare}";
        $self->send(p => "SCRAM-SHA-256\0" . pack('N', length $first) . $first);
    } elsif ($kind == 11) {
        my $server = substr $answer, 4;
        my ($nonce, $salt, $rounds) = $server =~ /^r=([^,]*),s=([^,]*),i=(\d+)/;
        my $u      = hmac_sha256(decode_base64($salt) . pack('N', 1), $password);
        my $salted = $u;
        for (2 .. $rounds) { $u = hmac_sha256($u, $password); $salted ^= $u }
        my $client  = hmac_sha256('Client Key', $salted);
        my $without = "c=biws,r=$nonce";
        my $message = "$self->{scram_bare},$server,$without";
        my $proof   = $client ^ hmac_sha256($message, sha256($client));
        $self->send(p => "$without,p=" . encode_base64($proof, ''));
    } elsif ($kind == 12) {
        return;
    } elsif ($kind == 3) {
        $self->send(p => "$password\0");
    } else {
        croak "authentication request $kind";
    }
    return;
}

# Reads up to ReadyForQuery. Rows hold text, undef for NULL.
sub result {
    my ($self) = @_;
    my %result = (rows => [], tags => [], errors => [], notices => [], notifications => [],
        types => '', columns => []);
    while (my ($type, $body) = $self->receive) {
        $result{types} .= $type;
        if ($type eq 'D') {
            my ($count) = unpack 'n', $body;
            my ($at, @row) = (2);
            for (1 .. $count) {
                my $length = unpack 'l>', substr $body, $at, 4;
                $at += 4;
                push @row, $length < 0 ? undef : substr $body, $at, $length;
                $at += $length if $length > 0;
            }
            push @{ $result{rows} }, \@row;
        } elsif ($type eq 'T') {
            my ($count, $rest) = unpack 'n a*', $body;
            $result{columns} = [];
            for (1 .. $count) {
                my ($name, $table, $attribute, $oid, $size, $typmod, $format);
                ($name, $table, $attribute, $oid, $size, $typmod, $format, $rest) =
                  unpack 'Z* N n N s> l> n a*', $rest;
                push @{ $result{columns} }, { name => $name, table => $table, oid => $oid,
                    attribute => $attribute, typmod => $typmod, format => $format };
            }
        } elsif ($type eq 'C') {
            push @{ $result{tags} }, unpack 'Z*', $body;
        } elsif ($type eq 'E') {
            push @{ $result{errors} }, $body;
        } elsif ($type eq 'N') {
            push @{ $result{notices} }, $body;
        } elsif ($type eq 'A') {
            push @{ $result{notifications} }, $body;
        } elsif ($type eq 'Z') {
            $result{status} = $self->{status} = $body;
            return \%result;
        } elsif ($type eq 'G' || $type eq 'W') {
            return \%result;
        }
    }
    $result{closed} = 1;
    return \%result;
}

sub query {
    my ($self, $sql) = @_;
    $self->send(Q => "$sql\0");
    return $self->result;
}

# Extended query in one go: text parameters, text results.
sub execute {
    my ($self, $sql, @values) = @_;
    $self->parse('', $sql);
    $self->bind('', '', @values);
    $self->send(D => "P\0");
    $self->send(E => "\0" . pack 'N', 0);
    $self->send('S');
    return $self->result;
}

sub parse {
    my ($self, $name, $sql, @oids) = @_;
    return $self->send(P => "$name\0$sql\0" . pack 'n N*', scalar @oids, @oids);
}

sub bind {
    my ($self, $portal, $statement, @values) = @_;
    return $self->send(B => "$portal\0$statement\0" . pack('n n', 0, scalar @values)
          . join('', map { defined $_ ? pack('N', length $_) . $_ : pack 'l>', -1 } @values)
          . pack 'n', 0);
}

sub cancel {
    my ($self, $address) = @_;
    my $other = Wire->new($address);
    $other->raw_send(pack 'NNNN', 16, 80877102, $self->{pid}, $self->{key});
    $other->closed;
    return;
}

sub terminate { my ($self) = @_; $self->send('X'); close $self->{socket}; return }

sub drop { my ($self) = @_; close $self->{socket}; return }

1;
