package Wait;

# Wait - waits for an event, never for time.
#
# until_true(CODE, WHAT) calls CODE until it returns true and returns that value; after the one
# deadline of the suite it dies and says WHAT it waited for. A test states the event; how often it
# is looked at is this file's business alone.

use strict;
use warnings;
use Time::HiRes qw(time sleep);
use Carp qw(croak);

our $deadline_s = $ENV{SENGI_TEST_DEADLINE} || 120;

sub until_true {
    my ($code, $what) = @_;
    my $end   = time() + $deadline_s;
    my $pause = 0.001;
    while (1) {
        my $value = $code->();
        return $value if $value;
        croak "waited $deadline_s s for $what" if time() > $end;
        sleep $pause;
        $pause *= 1.5 if $pause < 0.05;
    }
}

# The pids among the given ones that still run (zombies do not).
sub alive {
    return grep {
        my $state = '';
        if (open my $stat, '<', "/proc/$_/stat") {
            my $line = <$stat> // '';
            $state = $1 if $line =~ /\) (\S)/;
        }
        $state ne '' && $state ne 'Z';
    } @_;
}

sub for_exit {
    my (@pids) = @_;
    until_true(sub { !alive(@pids) }, "the end of process @pids");
}

1;
