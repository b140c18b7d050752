// The contract as a page. Swagger UI comes as a plain script and leaves its name on the window.
const place = document.getElementById("swagger-ui");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  validatorUrl: null, // it would send the contract to another host
  persistAuthorization: false,
  presets: [window.SwaggerUIBundle.presets.apis],
});
