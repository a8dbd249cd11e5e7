/** The stages of user-interactive authentication that this server knows. */
export const stages = [
  "m.login.dummy",
  "m.login.password",
  "m.login.email.identity",
  "m.login.msisdn",
  "m.login.terms",
  "m.login.registration_token",
  "m.login.recaptcha",
] as const;

export type Stage = (typeof stages)[number];

export const isStage = (text: string | undefined): text is Stage => stages.some((stage) => stage === text);
