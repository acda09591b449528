// /docs: Swagger UI for /openapi.json. All files come from this site; calls go to it with its cookie, or with the token of
// "Authorize". Uses our own layout, because the page already has a heading and landmarks.
import { callApi, sayTrouble } from "./api_call.js";
import { element } from "./elements.js";
import { showAlert } from "./notices.js";
import { say } from "./phrases.js";

const { SwaggerUIBundle } = /** @type {any} */ (window);

/** Swagger UI's plugin interface: the component named in `layout`. @param {any} system */
const callsAlone = ({ React, getComponent }) => ({
  wrapComponents: {
    // Names for buttons that have only an icon in Swagger UI.
    CloseIcon: (/** @type {any} */ Icon) => () => React.createElement("span", { role: "img", "aria-label": "Close" }, React.createElement(Icon)),
    ExamplesSelect: (/** @type {any} */ Select) => (/** @type {any} */ props) =>
      React.createElement("label", null, "Example ", React.createElement(Select, { ...props, showLabels: false })),
  },
  components: {
    CallsAlone: () =>
      React.createElement(
        "div",
        { className: "swagger-ui" },
        ...[
          ["SvgAssets", false],
          ["errors", true],
          ["AuthorizeBtnContainer", true],
          ["CallList", false],
          ["Models", true],
        ].map(([name, connected]) => React.createElement(getComponent(name, connected))),
      ),
    CallList: () => React.createElement("div", { id: "operations" }, React.createElement(getComponent("operations", true))),
  },
});

function followColorScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", follow);
  follow();
}

async function show() {
  const answer = await callApi("GET", "/openapi.json");
  element("loading", HTMLElement).hidden = true;
  if (!SwaggerUIBundle) return showAlert(say("failed_to_load"));
  if (answer.status !== 200) return showAlert(sayTrouble(answer));
  followColorScheme();
  SwaggerUIBundle({
    spec: answer.body,
    dom_id: "#api",
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [callsAlone],
    layout: "CallsAlone",
    validatorUrl: null, // the default calls another site
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
  });
}

await show();
