import {
  accepted,
  DESCRIPTION_MAX_CODE_POINTS,
  IDEMPOTENCY_KEY_MAX_CODE_POINTS,
  MATCHES_MAX_COUNTED,
  NAME_MAX_CODE_POINTS,
  PAGE_MAX_SIZE,
  type Parsed,
  PRICE_MAX_FRACTION_DIGITS,
  PRICE_MAX_INTEGER_DIGITS,
  parseDescription,
  parseIdempotencyKey,
  parseName,
  parsePrice,
  parseProductId,
  parseSearch,
  SEARCH_MAX_CODE_POINTS,
  SEARCH_MAX_TERMS,
} from '@tributary/product';
import { z } from 'zod';
import { field, wholeNumber } from './fields.ts';

/**
 * What REST requests may hold and what its answers hold: these schemas check the requests and make the OpenAPI
 * document. The ids are the document's names.
 */
export const schemas = z.registry<{ id: string }>();

function named<S extends z.ZodType>(id: string, schema: S): S {
  schemas.add(schema, { id });
  return schema;
}

/** A product to begin with, in the document. */
export const productExample = { name: 'Walnut desk', description: 'Solid walnut, oiled.', price: 449.5 };
const productIdExample = '0197a3c2-7c1e-7d2a-9a51-3f1b7d0c2e11';
const instantExample = '2026-01-31T09:30:00.000Z';

const nameField = field(parseName, {
  type: 'string',
  minLength: 1,
  description: `1 to ${NAME_MAX_CODE_POINTS} characters after trimming, on one line.`,
});
const descriptionField = field(parseDescription, {
  type: 'string',
  minLength: 1,
  description: `1 to ${DESCRIPTION_MAX_CODE_POINTS} characters after trimming.`,
});
const priceField = field(parsePrice, {
  type: ['number', 'string'],
  minimum: 0,
  description: `An exact decimal, at least 0, with at most ${PRICE_MAX_INTEGER_DIGITS} digits before and ${PRICE_MAX_FRACTION_DIGITS} after the point; a string is read too.`,
});
const idField = field(parseProductId, {
  type: 'string',
  format: 'uuid',
  description: 'As in the path, if given at all.',
});

export const createProductBody = named(
  'CreateProduct',
  z.strictObject({ name: nameField, description: descriptionField, price: priceField }),
);

export const updateProductBody = named(
  'UpdateProduct',
  z
    .strictObject({
      name: nameField.optional(),
      description: descriptionField.optional(),
      price: priceField.optional(),
      id: idField.optional(),
      productId: idField.optional(),
    })
    .meta({ description: 'Absent fields stay as they are.' }),
);

export const productPath = z.strictObject({
  id: field(parseProductId, { type: 'string', format: 'uuid', description: "The product's id." }),
});

export const changeHeaders = z.object({
  'Idempotency-Key': field(parseIdempotencyKey, {
    type: 'string',
    minLength: 1,
    maxLength: IDEMPOTENCY_KEY_MAX_CODE_POINTS,
    description: 'The same key and content again give the first outcome, for 7 days.',
    examples: ['order-4711-line-1'],
  }).optional(),
});

/** The rule is on the terms, but the text travels: the graph makes the terms. */
function searchText(value: unknown): Parsed<string> {
  const parsed = parseSearch(value);
  return parsed.ok ? accepted(value as string) : parsed;
}

export const searchQuery = z.strictObject({
  search: field(searchText, {
    type: 'string',
    description: `Every term must begin a word of the name or the description: at most ${SEARCH_MAX_CODE_POINTS} characters and ${SEARCH_MAX_TERMS} terms. Absent or empty means every product.`,
  }).optional(),
  page: field(wholeNumber('page', 1, MATCHES_MAX_COUNTED), {
    type: 'integer',
    minimum: 1,
    maximum: MATCHES_MAX_COUNTED,
    default: 1,
    description: `Counts from 1; page × size is at most ${MATCHES_MAX_COUNTED}.`,
  }).default(1),
  size: field(wholeNumber('size', 1, PAGE_MAX_SIZE), {
    type: 'integer',
    minimum: 1,
    maximum: PAGE_MAX_SIZE,
    default: 10,
  }).default(10),
});

const id = z.string().meta({ format: 'uuid' });
const version = z.int().min(1);
const instant = z.string().meta({ format: 'date-time', description: 'UTC, with milliseconds.' });

export const productBody = named(
  'Product',
  z
    .object({
      productId: id,
      name: z.string(),
      description: z.string(),
      price: z.number().min(0).meta({ description: 'Exact: at most 15 digits, 4 of them after the point.' }),
      createdAt: instant,
      updatedAt: instant,
    })
    .meta({
      examples: [
        { productId: productIdExample, ...productExample, createdAt: instantExample, updatedAt: instantExample },
      ],
    }),
);
export type ProductBody = z.output<typeof productBody>;

export const productIdBody = named('ProductId', z.object({ productId: id }));

export const productPageBody = named(
  'ProductPage',
  z.object({
    totalCount: z.int().min(0).meta({ description: 'Counted to 10,000 and no further.' }),
    totalCountIsExact: z.boolean(),
    totalPages: z.int().min(0),
    page: z.int().min(1),
    size: z.int().min(1),
    hasMore: z.boolean(),
    products: z.array(productBody),
  }),
);
export type ProductPageBody = z.output<typeof productPageBody>;

export const commandBody = named(
  'Command',
  z
    .object({
      commandId: id,
      state: z.enum(['PENDING', 'COMMITTED', 'REJECTED']).meta({ description: 'PENDING: no outcome is known yet.' }),
      productId: id.nullable(),
      version: version
        .nullable()
        .meta({ description: "The product's version after the command; null unless COMMITTED." }),
      rejection: z
        .object({
          code: z.enum(['NOT_FOUND', 'VERSION_CONFLICT', 'ALREADY_EXISTS', 'IDEMPOTENCY_KEY_REUSED', 'INTERNAL']),
          message: z.string(),
          field: z.string().nullable(),
          currentVersion: version.nullable(),
        })
        .nullable()
        .meta({ description: 'Why the command was refused; null unless REJECTED.' }),
    })
    .meta({
      examples: [
        {
          commandId: '0197a3c2-7c1e-7d2a-9a51-3f1b7d0c2e12',
          state: 'PENDING',
          productId: productIdExample,
          version: null,
          rejection: null,
        },
      ],
    }),
);
export type CommandBody = z.output<typeof commandBody>;

export const errorBody = named(
  'Error',
  z.object({
    status: z.int().min(400).max(599).meta({ description: 'The HTTP status.' }),
    error: z.string().meta({ description: 'A stable code.', examples: ['VERSION_CONFLICT'] }),
    message: z.string(),
    timestamp: instant,
    requestId: z.string().meta({ description: 'As in X-Request-Id.' }),
    traceId: z.string().meta({ description: 'As in Trace-Id.' }),
    problems: z
      .array(
        z.object({
          path: z
            .array(z.union([z.string(), z.int()]))
            .meta({ description: 'The field, parameter or header at fault.' }),
          code: z.string(),
          message: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'All that is wrong with the input, for BAD_USER_INPUT.' }),
    commandId: id.optional().meta({ description: 'The command that was sent, where there is one.' }),
    currentVersion: version.optional().meta({ description: "The product's version at the time of a conflict." }),
  }),
);
export type ErrorBody = z.output<typeof errorBody>;

const health = z.enum(['ok', 'unavailable']);

export const healthBody = named(
  'Health',
  z.object({
    status: health,
    parts: z.array(z.object({ name: z.string(), status: health, checks: z.record(z.string(), health) })),
  }),
);
export type HealthBody = z.output<typeof healthBody>;
