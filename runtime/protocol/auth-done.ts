/**
 * How a fallback page tells the client that its stage is complete ("Fallback" of user-interactive authentication): by a
 * function that the client put on the page's window, or by a message to the window that opened the page. The message
 * holds nothing that any site may not know.
 */

import { hash } from "node:crypto";

export const authDoneScript =
  'if (typeof window.onAuthDone === "function") window.onAuthDone(); ' +
  'else if (window.opener) window.opener.postMessage("authDone", "*");';

/** The script, and no other, as a Content-Security-Policy names it. */
export const authDoneSource = `'sha256-${hash("sha256", authDoneScript, "base64")}'`;
