# SPDX-License-Identifier: EUPL-1.2
"""MLflow's server, in an environment of its own, with a login."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from deploy.servers.python_programs import environment
from deploy.servers.server import Server, status_of

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


@dataclass
class MlflowServer(Server):
    """`user` may do everything; nobody else may do anything. The password counts from the folder's first start.

    `store` is the address of its database; by default a SQLite file in the folder. Artifacts lie in the folder.

    The command `mlflow server` would load MLflow twice, once to start the program below. We start that one, with what
    the command hands it: a third of the time, one process, and a signal that reaches it.
    """

    name: ClassVar[str] = "MLflow"
    start_seconds: ClassVar[float] = 180
    user: str
    password: str
    store: str = field(default="", kw_only=True)

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def program(self) -> Path:
        """Python, in the environment that holds MLflow."""
        return environment("mlflow", REQUIREMENTS)

    def command(self, program: Path) -> Sequence[str | Path]:
        settings = self.folder / "basic_auth.ini"
        settings.touch(mode=0o600)
        settings.write_text(
            "[mlflow]\n"
            "default_permission = NO_PERMISSIONS\n"
            f"database_uri = sqlite:///{self.folder / 'users.db'}\n"
            "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n",
            "utf-8",
        )
        listens = ["--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"]
        return [program, "-m", "uvicorn", *listens, "--factory", "mlflow.server.auth:create_app"]

    def environment(self) -> Mapping[str, str]:
        return {
            "OMP_NUM_THREADS": "1",
            "MLFLOW_AUTH_CONFIG_PATH": str(self.folder / "basic_auth.ini"),
            "MLFLOW_AUTH_ADMIN_USERNAME": self.user,
            "MLFLOW_AUTH_ADMIN_PASSWORD": self.password,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": self.password,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            # Jobs are ours; MLflow's own would take 1.5 GB of memory.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "_MLFLOW_SERVER_FILE_STORE": self.store or f"sqlite:///{self.folder / 'mlflow.db'}",
            "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
            "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(self.folder / "artifacts"),
            "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
            "_MLFLOW_SGI_NAME": "uvicorn",
        }

    def answers(self) -> bool:
        return status_of(self.port, "/health") == 200
