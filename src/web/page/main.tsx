import { render } from 'preact';
import './style/base.css';
import './style/shell.css';
import './style/table.css';
import './style/elements.css';
import './style/overview.css';
import './style/panels.css';
import './style/history.css';
import './style/case.css';
import './style/pictures.css';
import { App } from './app.js';
import { openSession } from './session.js';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
render(<App />, root);
void openSession();
