import java.io.PrintStream;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.LocalCluster;
import org.apache.storm.blobstore.LocalFsBlobStore;
import org.apache.storm.nimbus.ILeaderElector;
import org.apache.storm.nimbus.NimbusInfo;

/**
 * A Storm cluster in this JVM, with a Nimbus that programs outside can reach. It prints "nimbus PORT" when it is ready and ends when its
 * standard input does. Arguments are KEY=VALUE of the daemons' configuration.
 */
public class LocalStorm {
    public static void main(String[] args) throws Exception {
        PrintStream stdout = System.out;
        System.setOut(System.err);
        Map<String, Object> conf = new HashMap<>();
        // Any free port, but a known one: what measures the topologies reads it from here.
        try (ServerSocket free = new ServerSocket(0)) {
            conf.put("nimbus.thrift.port", free.getLocalPort());
        }
        conf.put("storm.local.hostname", "localhost");
        conf.put("storm.metricstore.class", "org.apache.storm.metricstore.NoOpMetricStore");
        conf.put("nimbus.blobstore.class", Store.class.getName());
        for (String arg : args) {
            String[] parts = arg.split("=", 2);
            conf.put(parts[0], parts[1].matches("[0-9]+") ? (Object) Long.valueOf(parts[1]) : parts[1]);
        }
        LocalCluster cluster =
            new LocalCluster.Builder().withNimbusDaemon(true).withSupervisors(1).withPortsPerSupervisor(24).withDaemonConf(conf).build();
        stdout.println("nimbus " + cluster.getThriftServerPort());
        stdout.flush();
        while (System.in.read() >= 0) {
            // nothing is said
        }
        try {
            cluster.close();
        } finally {
            Runtime.getRuntime().halt(0); // some of Storm's threads stay
        }
    }

    /**
     * A store that does not tidy. In one JVM each worker opens the store of Nimbus again, and Storm lets every opening begin with the removal
     * of empty directories, whatever the configuration says: now and then one that a submission has made and not yet written to. A Nimbus of
     * its own does this when it starts.
     */
    public static class Store extends LocalFsBlobStore {
        @Override
        public void prepare(Map<String, Object> conf, String base, NimbusInfo nimbus, ILeaderElector elector) {
            conf.put(Config.BLOBSTORE_CLEANUP_ENABLE, false);
            super.prepare(conf, base, nimbus, elector);
        }
    }
}
