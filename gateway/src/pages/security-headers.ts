/** What a page may load, beside what every page is refused. */
export interface PagePolicy {
  readonly [directive: `${string}-src`]: string;
}

const NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The security headers of a page. https://owasp.org/www-project-secure-headers/ */
export function securityHeaders(policy: PagePolicy): Record<string, string> {
  const directives = Object.entries(policy).map(([directive, sources]) => `${directive} ${sources}`);
  return {
    'content-security-policy': [NOTHING_ELSE, ...directives].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  };
}

/** A page that holds nothing but its own files. */
export const ownFilesOnly: PagePolicy = {
  'style-src': "'self'",
  'script-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
};

/** GraphiQL's editor makes its styles as it runs, has its fonts and icons inside and works in workers. */
export const graphiqlPolicy: PagePolicy = {
  ...ownFilesOnly,
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self' data:",
  'worker-src': "'self'",
};

/** Swagger UI has its icons inside. */
export const docsPolicy: PagePolicy = {
  ...ownFilesOnly,
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
};

/** Apollo's page opens windows to sign in, and they must find their way back to it. */
export const sandboxHeaders = {
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'referrer-policy': 'strict-origin',
} as const;

/** Apollo's script shows Apollo's page in a frame, and asks this origin on its behalf. */
export const sandboxPolicy: PagePolicy = {
  ...ownFilesOnly,
  'style-src': "'self' 'unsafe-inline'",
  'script-src': "'self' https://embeddable-sandbox.cdn.apollographql.com",
  'frame-src': 'https://sandbox.embed.apollographql.com',
};
