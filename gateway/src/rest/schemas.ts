import { z } from 'zod';
import { field, wholeNumber } from './fields.ts';
import { description, name, page, price, productId, search } from './rules.ts';

/**
 * What REST requests may hold and what its answers hold: these schemas check the requests and make the OpenAPI
 * document. The ids are the document's names.
 */
export const schemas = z.registry<{ id: string }>();

function named<S extends z.ZodType>(id: string, schema: S): S {
  schemas.add(schema, { id });
  return schema;
}

const nameField = field(name, {
  type: 'string',
  minLength: 1,
  description: '1 to 250 characters after trimming.',
  examples: ['Walnut desk'],
});
const descriptionField = field(description, {
  type: 'string',
  minLength: 1,
  description: '1 to 5000 characters after trimming.',
  examples: ['Solid walnut, oiled, 140 × 70 cm.'],
});
const priceField = field(price, {
  type: ['number', 'string'],
  minimum: 0,
  description:
    'An exact decimal, at least 0, with at most 11 digits before and 4 after the point; also read from a string.',
  examples: [19.99],
});
const idField = field(productId, { type: 'string', format: 'uuid', description: 'As in the path, if given at all.' });

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
  id: field(productId, { type: 'string', format: 'uuid', description: "The product's id." }),
});

export const searchQuery = z.strictObject({
  search: field(search, {
    type: 'string',
    description:
      'Every term must begin a word of the name or the description: at most 200 characters and 10 terms. Absent or empty means every product.',
  }).optional(),
  page: field(wholeNumber(1, page.maxReach), {
    type: 'integer',
    minimum: 1,
    maximum: page.maxReach,
    default: 1,
    description: `Counts from 1; page × size is at most ${page.maxReach}.`,
  }).default(1),
  size: field(wholeNumber(1, page.maxSize), {
    type: 'integer',
    minimum: 1,
    maximum: page.maxSize,
    default: 10,
  }).default(10),
});

const id = z.string().meta({ format: 'uuid' });
const version = z.int().min(1);
const instant = z.string().meta({ format: 'date-time', description: 'UTC, with milliseconds.' });

export const productBody = named(
  'Product',
  z.object({
    productId: id,
    name: z.string(),
    description: z.string(),
    price: z.number().min(0).meta({ description: 'Exact: at most 15 digits, 4 of them after the point.' }),
    createdAt: instant,
    updatedAt: instant,
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
  z.object({
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
    requestId: z.string(),
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
