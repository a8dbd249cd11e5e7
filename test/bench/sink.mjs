// A mail server on loopback that takes every mail and forgets it. Prints its port.
import { SMTPServer } from "smtp-server";

const sink = new SMTPServer({
  authOptional: true,
  disabledCommands: ["AUTH", "STARTTLS"],
  maxClients: 1000,
  onData: (stream, _session, done) => {
    stream.on("end", () => done());
    stream.resume();
  },
});

sink.listen(0, "127.0.0.1", () => process.stdout.write(`${sink.server.address().port}\n`));
process.once("SIGTERM", () => sink.close());
