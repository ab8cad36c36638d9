export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
export { originVariables } from './origins/config.ts';
export type { GatewayDeps, Part } from './routes.ts';
export type { CursorKey } from './subscriptions/cursor.ts';
