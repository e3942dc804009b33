# Fills an empty Request Tracker: agents who may see tickets, and tickets with their customers.
# Standard input: lines `agent NAME PASSWORD` and `ticket EMAIL YYYY-MM-DDTHH:MM:SS`; prints the
# number of each ticket.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;
RT->LoadConfig;
RT->Init;
require RT::Queue;
require RT::Ticket;
require RT::User;

my $queue = RT::Queue->new(RT->SystemUser);
$queue->Load('General');
my $staff = RT::Group->new(RT->SystemUser);
$staff->LoadSystemInternalGroup('Privileged');
for my $right (qw(SeeQueue ShowTicket ShowTicketComments ReplyToTicket ModifyTicket CreateTicket)) {
    my ($granted, $why) = $staff->PrincipalObj->GrantRight(Right => $right, Object => $queue);
    die "$right: $why" unless $granted;
}
while (my $line = <STDIN>) {
    chomp $line;
    my ($what, $who, $more) = split / /, $line;
    if ($what eq 'agent') {
        my $user = RT::User->new(RT->SystemUser);
        my ($made, $why) = $user->Create(
            Name => $who, EmailAddress => "$who\@desk.example", Password => $more, Privileged => 1,
        );
        die "$who: $why" unless $made;
    } else {
        my $ticket = RT::Ticket->new(RT->SystemUser);
        my ($id, undef, $why) = $ticket->Create(
            Queue => $queue->id, Subject => 'A question', Requestor => [$who],
            _RecordTransaction => 0,
        );
        die "$who: $why" unless $id;
        (my $created = $more) =~ s/T/ /;
        $ticket->__Set(Field => 'Created', Value => $created);
        print "$id\n";
    }
}
