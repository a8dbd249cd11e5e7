/** The listener that shows the development mailbox. */

import type { Mailbox } from "../delivery/mailbox.js";
import { mailboxPages } from "../delivery/mailbox-pages.js";
import type { Address, Listener } from "./listener.js";
import { pageServer } from "./page-server.js";

/** Serves the pages at the root of a listener of its own. */
export const mailboxServer = (mailbox: Mailbox, address: Address): Listener =>
  pageServer("mailbox", address, mailboxPages(mailbox, ""));
