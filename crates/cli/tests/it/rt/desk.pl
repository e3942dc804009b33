# Fills an empty Request Tracker: agents who may see tickets, an investigator with a token, and
# tickets with their customers.
# Standard input: lines `agent NAME PASSWORD`, `investigator NAME PASSWORD` and
# `ticket EMAIL YYYY-MM-DDTHH:MM:SS`; prints the number of each ticket, and `token TOKEN`.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;
RT->LoadConfig;
RT->Init;
require RT::AuthToken;
require RT::Queue;
require RT::Ticket;
require RT::User;

my $staff = RT::Group->new(RT->SystemUser);
$staff->LoadSystemInternalGroup('Privileged');
my $reports = RT::Queue->new(RT->SystemUser);
my ($queue_made, $queue_why) = $reports->Create(Name => 'Scam reports');
die "Scam reports: $queue_why" unless $queue_made;
my $queue = RT::Queue->new(RT->SystemUser);
$queue->Load('General');
for my $one ($queue, $reports) {
    for my $right (qw(SeeQueue ShowTicket ShowTicketComments ReplyToTicket ModifyTicket CreateTicket)) {
        grant($staff, $right, $one);
    }
}

sub grant {
    my ($whom, $right, $where) = @_;
    my ($granted, $why) = $whom->PrincipalObj->GrantRight(Right => $right, Object => $where);
    die "$right: $why" unless $granted;
}

sub user {
    my ($name, $password) = @_;
    my $user = RT::User->new(RT->SystemUser);
    my ($made, $why) = $user->Create(
        Name => $name, EmailAddress => "$name\@desk.example", Password => $password, Privileged => 1,
    );
    die "$name: $why" unless $made;
    return $user;
}

while (my $line = <STDIN>) {
    chomp $line;
    my ($what, $who, $more) = split / /, $line;
    if ($what eq 'agent') {
        user($who, $more);
    } elsif ($what eq 'investigator') {
        my $user = user($who, $more);
        # These and no others, as docs/guide/desks/rt.md says.
        for my $right (qw(AdminUsers SeeGroup AdminGroupMembership ManageAuthTokens)) {
            grant($user, $right, RT->System);
        }
        my $own = RT::CurrentUser->new;
        $own->Load($who);
        my (undef, $why, $token) = RT::AuthToken->new($own)->Create(
            Owner => $user->id, Description => 'countersign fetch',
        );
        die "token: $why" unless $token;
        print "token $token\n";
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
