export { BODY_LIMIT_BYTES, registerRest } from './routes.ts';
