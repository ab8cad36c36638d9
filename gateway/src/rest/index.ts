export { registerRest } from './routes.ts';
