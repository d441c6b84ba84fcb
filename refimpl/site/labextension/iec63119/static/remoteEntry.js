// What `iec63119 explore` adds to JupyterLab: a notebook of the project runs when it is opened,
// its code folded, the page at its top.  As it then shows what it was stored with, it counts as
// saved until its reader changes a cell.
//
// JupyterLab loads this file as a federated extension.  Of the container that webpack would
// build it needs two functions: `init` is handed the modules that JupyterLab shares, and `get`
// gives the plugins.

let modules;

// JupyterLab shares one version of each of its own modules.
async function load(name) {
  const [version] = Object.values(modules[name]);
  return (await version.get())();
}

const sourcesOf = (notebook) =>
  JSON.stringify(notebook.widgets.map(({ model }) => [model.type, model.sharedModel.source]));

// That a cell is folded belongs to the page, not to the file.
function fold(cell) {
  cell.syncCollapse = false;
  cell.inputHidden = true;
}

async function plugin() {
  const { INotebookTracker, NotebookActions } = await load("@jupyterlab/notebook");
  const { PageConfig } = await load("@jupyterlab/coreutils");
  const ours = new Set(JSON.parse(PageConfig.getOption("iec63119Notebooks")));
  const opened = new WeakSet();

  async function runOnOpening(panel) {
    await panel.context.ready;
    if (!ours.has(panel.context.path)) return;
    const { content, context, sessionContext } = panel, before = sourcesOf(content);
    for (const cell of content.widgets) {
      if (cell.model.type === "code") cell.ready.then(() => fold(cell));
    }
    await sessionContext.ready;
    await sessionContext.session?.kernel?.info;
    await NotebookActions.runCells(content, content.widgets, sessionContext);
    if (sourcesOf(content) === before) context.model.dirty = false;
    panel.node.dataset.iec63119 = "run";
  }

  return {
    id: "iec63119:run-on-opening",
    description: "Runs the notebooks of iec63119-refimpl when they are opened.",
    autoStart: true,
    requires: [INotebookTracker],
    activate: (app, tracker) => {
      document.addEventListener("iec63119:open", (event) => {  // a place in another notebook
        event.preventDefault();
        app.commands.execute("rendermime:handle-local-link", event.detail);
      });
      tracker.currentChanged.connect((_, panel) => {
        if (!panel || opened.has(panel)) return;
        opened.add(panel);
        runOnOpening(panel);
      });
    },
  };
}

(window._JUPYTERLAB ??= {}).iec63119 = {
  init: (shared) => { modules = shared; },
  get: async () => {
    const only = await plugin();
    return () => ({ __esModule: true, default: only });
  },
};
