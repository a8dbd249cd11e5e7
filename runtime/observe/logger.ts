import { destination, pino } from "pino";
import type { LogFields, Logger } from "../ports/logger.js";

export type LogLevel = "silent" | "fatal" | "error" | "warn" | "info" | "debug" | "trace";

/** Where lines go: standard error unless a test collects them. */
export interface LineSink {
  write(line: string): void;
}

/**
 * Writes one JSON object for each line. What must not be written is kept out by the port: fields are plain values that
 * the caller names, never requests, bodies or headers.
 */
export function jsonLogger(level: LogLevel, sink: LineSink = destination({ fd: 2, sync: false })): Logger {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, sink);
  return {
    debug: (message, fields: LogFields = {}) => log.debug(fields, message),
    info: (message, fields: LogFields = {}) => log.info(fields, message),
    warn: (message, fields: LogFields = {}) => log.warn(fields, message),
    error: (message, fields: LogFields = {}) => log.error(fields, message),
  };
}
