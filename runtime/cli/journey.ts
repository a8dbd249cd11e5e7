/** A walk through the identity service that can be pasted into a shell: sh or bash, with curl, sed and grep. */

export interface JourneyPlaces {
  /** Base URLs, without a slash at the end. */
  readonly identity: string;
  readonly mailbox: string;
  /** The homeserver's name, of whose users alice is one. */
  readonly serverName: string;
  /** How this program is called, for the command that issues an access token. */
  readonly command: string;
}

/** From a request for a mail to the association that everybody can look up; then the same session over version 2. */
export const journey = ({ identity, mailbox, serverName, command }: JourneyPlaces): string => `\
# Version 1 needs no access token: ask for a mail, open its link, publish the address as that of alice.
ID=${identity}/_matrix/identity
JSON='Content-Type: application/json'
SECRET=secret_$(date +%s)
SID=$(curl -sS -H "$JSON" -d '{"email":"alice@example.org","send_attempt":1,"client_secret":"'$SECRET'"}' $ID/api/v1/validate/email/requestToken | sed -n 's/.*"sid":"\\([^"]*\\)".*/\\1/p')
LINK=$(curl -sS ${mailbox}/latest.txt | grep -o 'http[^[:space:]]*submitToken[^[:space:]]*')
curl -sS "$LINK" | grep -o '<h1>.*</h1>'
curl -sS "$ID/api/v1/3pid/getValidated3pid?sid=$SID&client_secret=$SECRET"; echo
curl -sS -H "$JSON" -d '{"sid":"'$SID'","client_secret":"'$SECRET'","mxid":"@alice:${serverName}"}' $ID/api/v1/3pid/bind; echo
curl -sS "$ID/api/v1/lookup?medium=email&address=alice@example.org"; echo

# Version 2 knows who asks, by an access token.
TOKEN=$(${command} token issue --mxid @alice:${serverName})
curl -sS -H "Authorization: Bearer $TOKEN" "$ID/v2/3pid/getValidated3pid?sid=$SID&client_secret=$SECRET"; echo
`;
