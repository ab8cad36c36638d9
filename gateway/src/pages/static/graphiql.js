const workers = {
  editorWorkerService: '/graphiql/editor.worker.js',
  json: '/graphiql/json.worker.js',
  graphql: '/graphiql/graphql.worker.js',
};

globalThis.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => workers[label],
};

const createProduct = `# Ctrl-Enter runs the operation at the cursor.
# The docs of every type are on the left.

mutation CreateProduct {
  createProduct(
    input: {
      name: "Walnut desk"
      description: "Solid walnut, oiled."
      price: "449.50"
    }
  ) {
    command { id state rejection { code message } }
    product { id version name price createdAt }
  }
}
`;

const searchProducts = `query SearchProducts {
  products(search: "wal de", first: 5) {
    edges { node { id version name price } }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const watchProducts = `# Run this, then create a product in another
# window: to leave this tab would stop it.
subscription WatchProducts {
  productCreated {
    version
    occurredAt
    product { id name price }
  }
}
`;

globalThis.YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  title: '<a href="/" style="color: inherit; text-decoration: none">Tributary</a>',
  logo: '<img src="/favicon.svg" alt="" width="28" height="28">',
  endpoint: '/graphql',
  subscriptionsProtocol: 'WS',
  defaultTabs: [createProduct, searchProducts, watchProducts].map((query) => ({ query })),
});
