# Reads a listing from standard input with Perl's File::Listing and prints its entries: kind, bytes,
# time in UTC to the minute, name and target, with a tab between.
use strict;
use warnings;
use File::Listing qw(parse_dir);
use POSIX qw(strftime);

binmode STDIN;
binmode STDOUT;
my $type = { unix => "unix", dos => "dosftp" }->{ $ARGV[0] } or die "no format $ARGV[0]";
my $listing = do { local $/; <STDIN> };
for my $entry (parse_dir($listing, "GMT", $type)) {
    my ($name, $kind, $size, $time, $mode) = @$entry;
    my $target = $kind =~ s/^l (.*)/l/s ? $1 : "";
    my $letter = { f => "-", d => "d", l => "l" }->{$kind} // "?";
    my $minutes = defined $time ? strftime("%Y%m%d%H%M", gmtime $time) : "";
    print join("\t", $letter, $size // "", $minutes, $name, $target), "\n";
}
