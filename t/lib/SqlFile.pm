package SqlFile;

# SqlFile - runs a file of t/sql through psql as its expected output was made
#
#   my $text = SqlFile::output($file, '-h', $dir, '-p', 5432, '-U', 'postgres', '-d', 'postgres');
#   my $diff = SqlFile::difference($expected_file, $text);         # '' when they are equal
#
# The statements, results and errors are in one stream, in the order of the file. Every file works
# in a schema of its own name, made before and dropped after, so all files fit into one database.

use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Temp ();
use Cwd qw(abs_path);

my $dir = abs_path(dirname(__FILE__) . '/../sql');

sub files { return sort glob "$dir/*.sql" }
sub topic { return basename($_[0], '.sql') }
sub expected { return "$dir/expected/" . topic($_[0]) . '.out' }

sub output {
    my ($file, @options) = @_;
    my $schema = 'sql_' . topic($file);
    local %ENV = %ENV;
    delete @ENV{ grep { /^PG/ } keys %ENV };
    @ENV{qw(LC_ALL PGTZ PGDATESTYLE PGOPTIONS PSQL_HISTORY)} = ('C.UTF-8', 'UTC', 'ISO, MDY',
        "-c search_path=$schema,public -c client_min_messages=warning", '/dev/null');
    my @quiet = ('psql', '-X', '-q', @options, '-c');
    system(@quiet, "DROP SCHEMA IF EXISTS $schema CASCADE", '-c', "CREATE SCHEMA $schema") == 0
      or die "psql cannot make the schema $schema\n";
    $ENV{PGOPTIONS} = "-c search_path=$schema,public";
    my $text = _run($file, 'psql', '-X', '-a', '-q', @options);
    $ENV{PGOPTIONS} = '-c client_min_messages=warning';
    system(@quiet, "DROP SCHEMA IF EXISTS $schema CASCADE");
    return $text;
}

# Standard output and error of a command that reads the file, together.
sub _run {
    my ($file, @command) = @_;
    my $out = File::Temp->new;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN,  '<',  $file    or die "$file: $!";
        open STDOUT, '>&', $out     or die;
        open STDERR, '>&', \*STDOUT or die;
        exec { $command[0] } @command or die "exec $command[0]: $!";
    }
    waitpid $pid, 0;
    seek $out, 0, 0;
    local $/;
    return scalar <$out> // '';
}

sub difference {
    my ($expected, $text) = @_;
    my $got = File::Temp->new;
    print $got $text;
    close $got;
    open my $diff, '-|', 'diff', '-U', '3', '--label', 'expected', '--label', 'got',
      -e $expected ? $expected : '/dev/null', "$got"
      or die "diff: $!";
    local $/;
    return scalar <$diff> // '';
}

1;
