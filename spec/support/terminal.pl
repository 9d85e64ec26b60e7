# Runs a program at a terminal of its own and types to it; prints what the terminal shows.
#   perl terminal.pl PROMPT KEYS COMMAND...     types KEYS (with \n, \003 and so on) once PROMPT is shown
use strict;
use POSIX qw(setsid);

my ($prompt, $keys, @command) = @ARGV;
$keys =~ s/\\(\d{3})/chr(oct($1))/ge;
$keys =~ s/\\r/\r/g;

open(my $master, '+<', '/dev/ptmx') or die "ptmx: $!";
my $unlock = pack('i', 0);
ioctl($master, 0x40045431, $unlock) or die "TIOCSPTLCK: $!";
my $number = pack('i', 0);
ioctl($master, 0x80045430, $number) or die "TIOCGPTN: $!";

my $child = fork();
if ($child == 0) {
    setsid();
    open(my $slave, '+<', '/dev/pts/' . unpack('i', $number)) or die "pts: $!";
    open(STDIN, '<&', $slave) and open(STDOUT, '>&', $slave) and open(STDERR, '>&', $slave) or die;
    exec @command;
    exit 127;
}
$SIG{ALRM} = sub { kill 'KILL', $child; print "\nNOTHING MORE CAME\n"; exit 1 };
alarm(90 * ($ENV{HOMEY_TEST_SLOW} || 1));
my ($shown, $typed) = ('', 0);
while (sysread($master, my $bytes, 4096)) {
    $shown .= $bytes;
    if (!$typed && index($shown, $prompt) >= 0) {
        $typed = 1;
        syswrite($master, $keys);
    }
}
waitpid($child, 0);
print $shown;
