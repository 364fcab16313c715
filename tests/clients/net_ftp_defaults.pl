# Perl's Net::FTP as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`.
use strict;
use warnings;
use Net::FTP;

my ($task, $host, $port, $user, $password, $remote, $local) = @ARGV;
if ($task eq 'version') {
    print "$Net::FTP::VERSION\n";
    exit 0;
}
my $ftp = Net::FTP->new($host, Port => $port, Timeout => 30) or die "$@\n";
my $failed = sub { die $ftp->message };
$ftp->login($user, $password) or $failed->();
$ftp->binary;
if ($task eq 'get') {
    $ftp->get($remote, $local) or $failed->();
} elsif ($task eq 'put') {
    $ftp->put($local, $remote) or $failed->();
} else {
    my $lines = $ftp->dir($remote eq '' ? () : $remote) or $failed->();
    print "$_\n" for @$lines;
}
$ftp->quit;
