import { kinds, type Variables } from '@tributary/service';

const origins = kinds.words.refine(
  (list) => list.every(isOrigin),
  'is not a list of origins, such as https://shop.example',
);

/** In the form in which browsers send it. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

/** Which pages, beside the gateway's own, may use it. */
export const originVariables = {
  ALLOWED_ORIGINS: {
    schema: origins,
    default: '',
    doc: "Origins of pages that may ask by `fetch` and open WebSockets and streams, beside the gateway's own, such as `https://shop.example`, separated by commas.",
  },
} as const satisfies Variables;
