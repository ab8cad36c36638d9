import { z } from 'zod';
import { errorExamples } from './error-examples.ts';
import { changeHeaders, productExample, productPath, schemas, searchQuery } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the facade, made from the schemas that check its requests. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tributary products',
      version: '1.0.0',
      summary: 'Products over REST: the same gateway operations as the GraphQL API.',
      description: [
        'Changes are commands: they go through a log, and are answered when the product can be read.',
        'Send `Prefer: respond-async` to be answered at once with 202 and the place of the command.',
        'Send `Idempotency-Key` so that a repeated change has one effect.',
        'Send back the `X-Version-Floor` of an answer to read at least what it showed, wherever you read next.',
      ].join(' '),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This gateway' }],
    tags: [
      { name: 'products', description: 'What is sold' },
      { name: 'commands', description: 'What became of a change' },
      { name: 'health', description: 'Whether the parts are there' },
    ],
    paths: paths(),
    components: { schemas: components(), headers: headers(), parameters: parameters() },
  };
}

function components(): Json {
  const { schemas: made } = z.toJSONSchema(schemas, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(Object.entries(made).map(([id, schema]) => [id, withoutDialect(schema)]));
}

/** In a component the document sets the dialect and the name. */
function withoutDialect({ $schema: _dialect, $id: _id, ...schema }: Json): Json {
  return schema;
}

/** The parameters of one place in a request, from the schema of their object. */
function parametersOf(place: 'path' | 'query' | 'header', schema: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as Json;
    return { name, in: place, required: required.includes(name), description, schema: rest };
  });
}

const schemaRef = (id: string) => ({ $ref: `#/components/schemas/${id}` });
const json = (id: string) => ({ 'application/json': { schema: schemaRef(id) } });
const parameter = (id: string) => ({ $ref: `#/components/parameters/${id}` });
const header = (id: string) => ({ $ref: `#/components/headers/${id}` });
const error = (status: keyof typeof errorExamples, description: string, ...headerIds: string[]) => ({
  [status]: {
    description,
    ...(headerIds.length > 0 && { headers: headersNamed(headerIds) }),
    content: { 'application/json': { schema: schemaRef('Error'), example: errorExamples[status] } },
  },
});
const headersNamed = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, header(id)]));
const answer = (description: string, schema: string, ...headerIds: string[]) => ({
  description,
  headers: headersNamed(['X-Request-Id', 'Trace-Id', 'X-Version-Floor', ...headerIds]),
  content: json(schema),
});

const accepted = answer(
  'The command is on its way, or its effect is not readable yet: follow it at its Location.',
  'Command',
  'Location',
  'Preference-Applied',
);
const readErrors = {
  ...error(500, 'A defect on our side.'),
  ...error(503, 'A part of the service is away.', 'Retry-After'),
};
const changeErrors = {
  ...error(400, 'The input is wrong; `problems` says all that is.'),
  ...error(404, 'There is no such product.'),
  ...error(409, 'VERSION_CONFLICT without If-Match, or ALREADY_EXISTS.', 'ETag'),
  ...error(413, 'The body is larger than 2 MiB.'),
  ...error(415, 'The body is not application/json.'),
  ...error(422, 'The Idempotency-Key was used with another content.'),
  ...error(500, 'A defect on our side.'),
  ...error(
    503,
    'COMMAND_NOT_CONFIRMED (it may still take effect; `commandId` names it) or UNAVAILABLE (nothing was sent).',
    'Retry-After',
  ),
};
const body = (schema: string, example: Json) => ({
  required: true,
  content: { 'application/json': { schema: schemaRef(schema), example } },
});
const changeParameters = [...parametersOf('header', changeHeaders), parameter('Prefer')];
const conditionalParameters = [parameter('If-Match'), ...changeParameters];

function paths(): Json {
  const floor = parameter('X-Version-Floor');
  const productParameters = parametersOf('path', productPath);
  return {
    '/api/v1/products': {
      post: {
        operationId: 'createProduct',
        tags: ['products'],
        summary: 'Create a product',
        parameters: changeParameters,
        requestBody: body('CreateProduct', productExample),
        responses: {
          201: answer('Created, and readable.', 'ProductId', 'Location', 'ETag'),
          202: accepted,
          ...changeErrors,
        },
      },
    },
    '/api/v1/products/search': {
      get: {
        operationId: 'searchProducts',
        tags: ['products'],
        summary: 'Search products, or list them all',
        description: 'Those in which every term begins a word of the name come first, then the newest.',
        parameters: [...parametersOf('query', searchQuery), floor],
        responses: {
          200: answer('A page of products.', 'ProductPage'),
          ...error(400, 'A parameter is wrong.'),
          ...readErrors,
        },
      },
    },
    '/api/v1/products/{id}': {
      parameters: productParameters,
      get: {
        operationId: 'getProduct',
        tags: ['products'],
        summary: 'Read a product',
        parameters: [parameter('If-None-Match'), floor],
        responses: {
          200: answer('The product.', 'Product', 'ETag'),
          304: { description: 'It has not changed.', headers: headersNamed(['ETag']) },
          ...error(400, 'The id is malformed.'),
          ...error(404, 'There is no such product.'),
          ...readErrors,
        },
      },
      put: {
        operationId: 'updateProduct',
        tags: ['products'],
        summary: 'Change a product',
        parameters: conditionalParameters,
        requestBody: body('UpdateProduct', { price: productExample.price }),
        responses: {
          200: answer('Changed, and readable.', 'Product', 'ETag'),
          202: accepted,
          ...changeErrors,
          ...error(410, 'The change was made, and the product has been deleted since.'),
          ...error(412, 'The product has another version than If-Match says.', 'ETag'),
        },
      },
      delete: {
        operationId: 'deleteProduct',
        tags: ['products'],
        summary: 'Delete a product',
        parameters: conditionalParameters,
        responses: {
          200: answer('Deleted, and no longer readable.', 'ProductId'),
          202: accepted,
          ...changeErrors,
          ...error(412, 'The product has another version than If-Match says.', 'ETag'),
        },
      },
    },
    '/api/v1/commands/{id}': {
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: "The command's id.",
          schema: { type: 'string', format: 'uuid' },
        },
      ],
      get: {
        operationId: 'getCommand',
        tags: ['commands'],
        summary: 'Read what became of a change',
        responses: {
          200: answer('The command.', 'Command'),
          ...error(404, 'There is no such command, or it is older than outcomes are kept.'),
          ...readErrors,
        },
      },
    },
    '/api/v1/products/health': { get: healthOperation('productsHealth') },
    '/health': { get: healthOperation('health') },
  };
}

function healthOperation(operationId: string): Json {
  return {
    operationId,
    tags: ['health'],
    summary: 'The health of each part',
    responses: {
      200: { description: 'Everything is there.', content: json('Health') },
      503: { description: 'Something is missing.', content: json('Health') },
    },
  };
}

function parameters(): Json {
  const text = (name: string, description: string, examples: readonly string[]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', examples },
  });
  return {
    'If-Match': text('If-Match', 'Refuse with 412 unless the product has this version.', ['"3"']),
    'If-None-Match': text('If-None-Match', 'Answer 304 if the product still has this version.', ['"3"']),
    Prefer: text('Prefer', 'With respond-async the answer is 202 as soon as the command is in the log.', [
      'respond-async',
    ]),
    'X-Version-Floor': text('X-Version-Floor', 'What an earlier answer returned: read at least those versions.', [
      '0197a3c2-7c1e-7d2a-9a51-3f1b7d0c2e11@3',
    ]),
  };
}

function headers(): Json {
  const text = (description: string) => ({ description, schema: { type: 'string' } });
  return {
    ETag: text("The product's version, in quotes."),
    Location: text('Where what was made, or the command, can be read.'),
    'Preference-Applied': text('respond-async, where it was asked for.'),
    'Retry-After': { description: 'Seconds to wait before trying again.', schema: { type: 'integer' } },
    'Trace-Id': text('Names the trace that this request belongs to, in our logs and traces.'),
    'X-Request-Id': text('Names this request in our logs.'),
    'X-Version-Floor': text('The versions seen, to be sent with a later read.'),
  };
}
