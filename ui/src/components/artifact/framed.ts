/** What the frame may load: styles and pictures that the page carries itself. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:; form-action 'none'; base-uri 'none'";

/**
 * The page under that policy. The policy comes first in the document, so nothing of the page precedes it; a doctype is
 * repeated before it, or the page would be laid out as in the nineties.
 */
export function framed(html: string): string {
  const doctype = /^\s*(<!doctype[^>]*>)/i.exec(html)?.[1] ?? "<!doctype html>";
  return `${doctype}<meta http-equiv="Content-Security-Policy" content="${POLICY}">${html}`;
}

export const hasScript = (html: string) => /<script[\s>]|\son\w+\s*=|javascript:/i.test(html);
