import type { Plugin } from '../server.ts';

/** The pages that people open in a browser. */
export const registerPages: Plugin = async () => {};
