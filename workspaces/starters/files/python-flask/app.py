"""A small web application. `python app.py` starts it; it starts again by itself whenever a file is saved."""

from importlib.metadata import version

from flask import Flask, jsonify, render_template
from flask.typing import ResponseReturnValue

PORT = 5000
app = Flask(__name__)


@app.get("/")
def index() -> ResponseReturnValue:
    return render_template("index.html")


@app.get("/api/status")
def status() -> ResponseReturnValue:
    return jsonify(status="ok", framework="Flask", version=version("flask"))


if __name__ == "__main__":
    # 0.0.0.0: reached from outside of the container. Errors are printed here; a debugger in the page would let
    # everybody who can open it run code.
    app.run(host="0.0.0.0", port=PORT, debug=True, use_debugger=False)
